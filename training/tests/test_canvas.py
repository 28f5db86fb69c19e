"""Variants of images shrunk onto canvases, and how training and measuring use them."""

import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

import context  # noqa: F401
import numpy as np
import torch
from PIL import Image

from cifar_train import CANVAS_TRAIN_SEED, LABELS, arguments, with_variants
from common import canvas
from common.data import FILTERS, ImageSet, hold_out
from common.loop import Tensors
from common.report import CANVAS_SEED, robust_accuracy


def images(count: int = 6) -> ImageSet:
    """One flat color per image, red channel = row number, so that variants can be traced back."""
    pixels = np.full((count, 32, 32, 3), 128, np.uint8)
    pixels[..., 0] = np.arange(count).reshape(-1, 1, 1) * 20
    digests = np.array([f"{n * 7 % 11:02x}" for n in range(count)])
    return ImageSet(pixels, np.arange(count) % len(LABELS), digests, LABELS)


class Variants(unittest.TestCase):
    def test_variants_have_the_shape_of_the_images_per_round(self) -> None:
        made = canvas.variants(images(), 3, 1, processes=1)
        self.assertEqual((made.shape, made.dtype), ((3, 6, 32, 32, 3), np.uint8))
        self.assertFalse(np.array_equal(made[0], made[1]))

    def test_same_seed_gives_the_same_variants(self) -> None:
        first, again, other = (canvas.variants(images(), 2, seed, processes=n) for seed, n in ((1, 1), (1, 2), (2, 1)))
        np.testing.assert_array_equal(first, again)
        self.assertFalse(np.array_equal(first, other))

    def test_cache_gives_the_same_variants(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            first = canvas.variants(images(), 1, 1, Path(folder), 1)
            self.assertEqual(len(list(Path(folder).glob("canvas-*.npy"))), 1)
            np.testing.assert_array_equal(first, canvas.variants(images(), 1, 1, Path(folder), 1))

    def test_picture_covers_the_share_asked_for(self) -> None:
        half = canvas.Ranges(0.5, 0.5, 0.0)
        marked = np.full((32, 32, 3), (255, 0, 255), np.uint8)
        covered = []
        for seed in range(60):
            made = canvas.on_canvas(np.random.default_rng(seed), marked, half, "box").astype(int)
            covered.append((np.abs(made - marked[0, 0]).sum(2) < 80).mean())
        self.assertAlmostEqual(float(np.median(covered)), 0.25, delta=0.04)

    def test_filters_give_what_pillow_gives(self) -> None:
        """Whole pictures, no canvas: enlarging and resizing can be repeated with Pillow alone."""
        whole = canvas.Ranges(1.0, 1.0, 1.0)
        pixels = np.random.default_rng(3).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        seed = next(s for s in range(100) if self.plain(s))
        factor = 3 * (14 / 3) ** np.random.default_rng(seed).random()
        large = Image.fromarray(pixels).resize((round(32 * factor),) * 2, Image.NEAREST)
        for name, pillow in FILTERS.items():
            with self.subTest(name):
                made = canvas.on_canvas(np.random.default_rng(seed), pixels, whole, name)
                np.testing.assert_array_equal(made, np.asarray(large.resize((32, 32), pillow)))

    def plain(self, seed: int) -> bool:
        """Whether the seed enlarges by nearest and doesn't compress."""
        _, nearest, _, compressed = np.random.default_rng(seed).random(4)
        return nearest < 0.5 and compressed >= 0.3

    def test_every_filter_is_measured_on_the_same_canvases(self) -> None:
        flat = images().pixels
        corners = [canvas.measured(flat, 1, name)[:, 0, 0].astype(int) for name in ("box", "bilinear")]
        self.assertLess(np.median(np.abs(corners[0] - corners[1])), 6)


class Use(unittest.TestCase):
    def test_batches_hold_the_share_of_variants(self) -> None:
        zeros = torch.zeros(1000, 3, 2, 2, dtype=torch.uint8)
        train = Tensors(zeros, torch.zeros(1000).long(), torch.ones(2, 1000, 3, 2, 2, dtype=torch.uint8), 0.4)
        batch = train.batch(torch.arange(1000), torch.Generator().manual_seed(1))
        self.assertAlmostEqual(float(batch[:, 0, 0, 0].float().mean()), 0.4, delta=0.05)
        self.assertEqual(int(zeros.sum()), 0)
        self.assertEqual(int(replace(train, share=0.0).batch(torch.arange(9), torch.Generator()).sum()), 0)

    def test_variants_come_from_their_own_training_image_and_never_from_held_out_ones(self) -> None:
        rest, held = hold_out(images(), 2)
        self.assertFalse(set(rest.digests) & set(held.digests))
        train = with_variants(rest, arguments(["--robust", "0.5", "--variants", "1"]))
        self.assertEqual(train.variants.shape, (1, 4, 3, 32, 32))
        expected = canvas.variants(rest, 1, CANVAS_TRAIN_SEED, processes=1)
        np.testing.assert_array_equal(train.variants.numpy(), expected.transpose(0, 1, 4, 2, 3))
        self.assertNotEqual(CANVAS_TRAIN_SEED, CANVAS_SEED)

    def test_robust_zero_makes_no_variants(self) -> None:
        self.assertIsNone(with_variants(images(), arguments(["--robust", "0"])).variants)

    def test_robust_accuracy_is_the_mean_over_filters(self) -> None:
        seen = []

        def always_first(inputs: torch.Tensor) -> np.ndarray:
            seen.append(tuple(inputs.shape))
            return np.eye(10)[np.zeros(len(inputs), int)]

        result = robust_accuracy(always_first, images())
        self.assertEqual(list(result["perFilter"]), list(FILTERS))
        self.assertEqual(seen, [(6, 3, 32, 32)] * 5)
        self.assertAlmostEqual(result["accuracy"], 1 / 6, places=3)


if __name__ == "__main__":
    unittest.main()
