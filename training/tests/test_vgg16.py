"""Both loaders of VGG16 weights, on files of the right form, and a short run without weights."""

import tempfile
import unittest
from pathlib import Path
from unittest import mock

import context  # noqa: F401
import h5py
import numpy as np
import torch
from PIL import Image

import sign_language_train
from common.artifact import check_onnx
from common.vgg16 import FROZEN, Vgg16, load_vgg16
from drawing.hands import draw_hand


def write_torchvision(file: Path, network: Vgg16) -> None:
    state = {f"features.{name}": value for name, value in network.features.state_dict().items()}
    torch.save({**state, "classifier.6.weight": torch.zeros(3, 3)}, file)


def write_keras(file: Path, network: Vgg16, nested: bool) -> None:
    """As Keras 1 named the arrays (`block1_conv1_W_1:0`), or nested as Keras 2 does (`kernel:0`)."""
    names = [f"block{b}_conv{c}" for b, n in enumerate((2, 2, 3, 3, 3), 1) for c in range(1, n + 1)]
    with h5py.File(file, "w") as stored:
        for name, layer in zip(names, network.convolutions()):
            kernel, bias = layer.weight.detach().numpy().transpose(2, 3, 1, 0), layer.bias.detach().numpy()
            prefix = f"{name}/{name}/" if nested else f"{name}/{name}_"
            stored[prefix + ("kernel:0" if nested else "W_1:0")] = kernel
            stored[prefix + ("bias:0" if nested else "b_1:0")] = bias


class Loaders(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        torch.manual_seed(0)
        cls.network = Vgg16(10, normalize=False)
        with torch.no_grad():
            for layer in cls.network.convolutions():
                layer.bias.normal_()

    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.file = Path(self.temporary.name) / "weights"

    def same(self, loaded: Vgg16) -> None:
        for wanted, got in zip(self.network.convolutions(), loaded.convolutions()):
            torch.testing.assert_close(got.weight, wanted.weight)
            torch.testing.assert_close(got.bias, wanted.bias)

    def test_torchvision(self) -> None:
        write_torchvision(self.file, self.network)
        loaded = load_vgg16(self.file, 10)
        self.same(loaded)
        self.assertTrue(hasattr(loaded.normalize, "mean"))

    def test_keras_of_both_ages(self) -> None:
        for nested in (False, True):
            with self.subTest(nested=nested):
                write_keras(self.file, self.network, nested)
                loaded = load_vgg16(self.file, 10)
                self.same(loaded)
                self.assertIsInstance(loaded.normalize, torch.nn.Identity)

    def test_wrong_shape_and_missing_layer_are_named(self) -> None:
        write_torchvision(self.file, self.network)
        state = torch.load(self.file)
        torch.save({**state, "features.5.weight": torch.zeros(7, 7)}, self.file)
        with self.assertRaisesRegex(ValueError, "features.5"):
            load_vgg16(self.file, 10)
        write_keras(self.file, self.network, nested=False)
        with h5py.File(self.file, "a") as stored:
            del stored["block3_conv2"]
        with self.assertRaisesRegex(ValueError, "block3_conv2"):
            load_vgg16(self.file, 10)

    def test_parts_are_the_whole(self) -> None:
        images = torch.rand(2, 3, 64, 64) * 255
        self.network.eval()
        with torch.no_grad():
            whole = self.network(images)
            torch.testing.assert_close(self.network.trained()(self.network.frozen()(images)), whole)
        trained = {id(p) for p in self.network.trained().parameters()}
        self.assertEqual(len(trained), 8)  # three convolutions and the dense layer, each with a bias
        self.assertFalse(trained & {id(p) for p in self.network.features[:FROZEN].parameters()})


class ShortRun(unittest.TestCase):
    def test_random_weights_end_in_a_valid_artifact(self) -> None:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            for part, count in (("train", 20), ("val", 10)):
                for number in range(count):
                    label = str(number % 10)
                    place = folder / "data" / part / label
                    place.mkdir(parents=True, exist_ok=True)
                    random = np.random.default_rng((count, number))
                    draw_hand(random, label, 100, 100).save(place / f"{number}.png")
            options = sign_language_train.arguments([
                "--architecture", "vgg16", "--train", str(folder / "data"), "--model-dir", str(folder / "model"),
                "--cache", str(folder / "cache"), "--checkpoint", str(folder / "c.pt"),
                "--epochs", "1", "--batch-size", "5", "--watched", "5"])
            with mock.patch.object(Image.Image, "resize", autospec=True, side_effect=Image.Image.resize) as resize:
                sign_language_train.train_vgg16(options)
            self.assertTrue(all(call.args[2] == Image.NEAREST for call in resize.call_args_list))
            check_onnx(folder / "model" / "model.onnx", 10)


if __name__ == "__main__":
    unittest.main()
