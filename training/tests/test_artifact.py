"""The exported file, its manifest, the report, and training that is broken off and goes on."""

import json
import tempfile
import unittest
from pathlib import Path

import context  # noqa: F401
import numpy as np
import torch

from common import networks
from common.artifact import manifest, write_artifact
from common.augment import Augmentation
from common.loop import Settings, Tensors, fit, load_weights, probabilities
from common.report import write_report
from common.run_onnx import run

LABELS = tuple("0123456789")
NETWORKS = {"alexnet": 32, "article": 32, "small_vgg": 64}


class Artifact(unittest.TestCase):
    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)
        torch.manual_seed(0)

    def test_export_computes_what_the_network_does(self) -> None:
        for name, size in NETWORKS.items():
            with self.subTest(name):
                network = getattr(networks, name)(10)
                network(torch.rand(8, 3, size, size))  # batch statistics that are not the initial ones
                file = write_artifact(self.folder / name, network, manifest(LABELS, size, size, "bilinear", 1 / 255))
                images = torch.rand(5, 3, size, size)
                scores = run(file, images.numpy())
                np.testing.assert_allclose(scores, probabilities(network, images), atol=1e-5)
                np.testing.assert_allclose(scores.sum(1), 1, atol=1e-5)
                written = json.loads((file.parent / "model.json").read_text())
                self.assertEqual(written["labels"], list(LABELS))
                self.assertEqual(written["input"]["resize"], {"mode": "stretch", "filter": "bilinear"})

    def tiny(self) -> tuple[Tensors, Tensors]:
        random = np.random.default_rng(1)
        targets = torch.arange(64) % 2
        noise = torch.from_numpy(random.integers(0, 120, (64, 3, 32, 32), dtype=np.uint8))
        inputs = noise + targets.view(-1, 1, 1, 1).byte() * 120  # the second label is the brighter one
        return Tensors(inputs, targets), Tensors(inputs[:16], targets[:16])

    def train(self, settings: Settings, resume: bool = False) -> tuple[torch.nn.Module, object]:
        torch.manual_seed(settings.seed)
        model = networks.Scaled(networks.article(2), 1 / 255)
        history = fit(model, *self.tiny(), settings, Augmentation(), self.folder / "checkpoint.pt", resume)
        return model, history

    def test_report_counts_what_the_model_gets_right(self) -> None:
        settings = Settings(epochs=6, batch_size=16, learning_rate=1e-2, optimizer="adam")
        model, history = self.train(settings)
        _, held = self.tiny()
        metrics = write_report(self.folder, model, ("dark", "light"), history, settings, "article", "sha256:0",
                               {"real": 64}, held, None)
        right = int((probabilities(model, held.inputs).argmax(1) == held.targets.numpy()).sum())
        self.assertEqual(metrics["heldOut"]["correct"], right)
        self.assertGreater(right, 12)
        for name in ("metrics.json", "confusion_matrix.png", "learning_curve.png"):
            self.assertTrue((self.folder / name).stat().st_size > 0)

    def test_averaged_weights_are_the_result(self) -> None:
        settings = Settings(epochs=2, batch_size=16, learning_rate=1e-2, average=0.9)
        model, _ = self.train(settings)
        kept = torch.load(self.folder / "checkpoint.pt")
        name = "network.0.weight"
        torch.testing.assert_close(model.state_dict()[name], kept["average"][name])
        self.assertFalse(torch.equal(kept["average"][name], kept["model"][name]))
        loaded = networks.Scaled(networks.article(2), 1 / 255)
        load_weights(self.folder / "checkpoint.pt", loaded)
        torch.testing.assert_close(loaded.state_dict()[name], kept["average"][name])

    def test_resume_ends_where_an_unbroken_run_ends(self) -> None:
        settings = Settings(epochs=4, batch_size=16, learning_rate=1e-3, optimizer="sgd", average=0.9)
        whole, _ = self.train(settings)
        (self.folder / "checkpoint.pt").unlink()

        class Stop(Exception):
            pass

        calls = 0
        original = Augmentation.__call__

        def break_off(augment: Augmentation, *given: object) -> torch.Tensor:
            nonlocal calls
            calls += 1
            if calls > 9:  # in the third epoch
                raise Stop
            return original(augment, *given)

        Augmentation.__call__ = break_off
        try:
            with self.assertRaises(Stop):
                self.train(settings)
        finally:
            Augmentation.__call__ = original
        resumed, history = self.train(settings, resume=True)
        self.assertEqual(len(history.seconds), 4)
        for a, b in zip(whole.state_dict().values(), resumed.state_dict().values()):
            torch.testing.assert_close(a, b)


if __name__ == "__main__":
    unittest.main()
