"""The models in the repository put the right label on their sample images."""

import json
import unittest

import context
import numpy as np

from common.artifact import check_onnx
from score_samples import SCORES, sample_scores

MODELS = sorted(f.parent.name for f in (context.REPOSITORY / "models").glob("*/model.json"))


class CommittedModels(unittest.TestCase):
    def test_there_are_models(self) -> None:
        self.assertTrue(MODELS)

    def test_samples_get_their_labels_and_the_scores_on_record(self) -> None:
        for name in MODELS:
            folder = context.REPOSITORY / "models" / name
            labels = json.loads((folder / "model.json").read_text())["labels"]
            check_onnx(folder / "model.onnx", len(labels))
            expected = json.loads((context.REPOSITORY / "sample-images" / name / "expected.json").read_text())
            recorded = json.loads((SCORES / f"{name}.json").read_text())
            for file, row in sample_scores(name).items():
                with self.subTest(f"{name}/{file}"):
                    self.assertEqual(labels[int(row.argmax())], expected[file])
                    self.assertGreater(float(row.max()), 0.6)
                    np.testing.assert_allclose(row, recorded[file], atol=1e-4)

    def test_every_sample_file_is_expected(self) -> None:
        for name in MODELS:
            samples = context.REPOSITORY / "sample-images" / name
            expected = json.loads((samples / "expected.json").read_text())
            self.assertEqual(sorted(f.name for f in samples.iterdir() if f.name != "expected.json"), sorted(expected))


if __name__ == "__main__":
    unittest.main()
