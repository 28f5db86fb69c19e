"""The models in the repository put the right label on their sample images."""

import json
import unittest
from pathlib import Path

import context
import numpy as np
from PIL import Image

from common.artifact import check_onnx
from common.data import resize
from run_onnx import run

MODELS = sorted(f.parent.name for f in (context.REPOSITORY / "models").glob("*/model.json"))


def tensor(file: Path, description: dict) -> np.ndarray:
    """The manifest's preprocessing: float32 (3, height, width)."""
    size = description["input"]
    with Image.open(file) as image:
        pixels = resize(image, size["width"], size["height"], size["resize"]["filter"])
    return (pixels.transpose(2, 0, 1) * np.float32(size["scale"])).astype(np.float32)


class CommittedModels(unittest.TestCase):
    def test_there_are_models(self) -> None:
        self.assertTrue(MODELS)

    def test_samples_get_their_labels(self) -> None:
        for name in MODELS:
            folder, samples = context.REPOSITORY / "models" / name, context.REPOSITORY / "sample-images" / name
            description = json.loads((folder / "model.json").read_text())
            check_onnx(folder / "model.onnx", len(description["labels"]))
            expected = json.loads((samples / "expected.json").read_text())
            good = {file: label for file, label in expected.items() if isinstance(label, str)}
            scores = run(folder / "model.onnx", np.stack([tensor(samples / file, description) for file in good]))
            for (file, label), row in zip(good.items(), scores):
                with self.subTest(f"{name}/{file}"):
                    self.assertEqual(description["labels"][int(row.argmax())], label)
                    self.assertGreater(float(row.max()), 0.6)

    def test_every_sample_file_is_expected(self) -> None:
        for name in MODELS:
            samples = context.REPOSITORY / "sample-images" / name
            expected = json.loads((samples / "expected.json").read_text())
            self.assertEqual(sorted(f.name for f in samples.iterdir() if f.name != "expected.json"), sorted(expected))


if __name__ == "__main__":
    unittest.main()
