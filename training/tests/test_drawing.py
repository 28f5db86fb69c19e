"""Drawn pictures: the same seed gives the same bytes, and every label can be drawn."""

import unittest

import context  # noqa: F401
import numpy as np

import draw_samples
from drawing import emoji, hands
from drawing.sets import drawn_set


class Drawing(unittest.TestCase):
    def setUp(self) -> None:
        self.models = dict(draw_samples.MODELS)
        if not emoji.FONT.exists():
            del self.models["cifar10"]  # the emoji font is not on every machine

    def test_same_seed_same_bytes(self) -> None:
        for name, samples in self.models.items():
            with self.subTest(name):
                first = draw_samples.sample_images(samples, 1, seed=3)
                self.assertEqual(first, draw_samples.sample_images(samples, 1, seed=3))
                self.assertNotEqual(first, draw_samples.sample_images(samples, 1, seed=4))

    def test_every_label_and_one_bad_file(self) -> None:
        for name, samples in self.models.items():
            with self.subTest(name):
                answers = [answer for _, answer in draw_samples.sample_images(samples, 2, seed=3).values()]
                self.assertEqual(sorted(a for a in answers if isinstance(a, str)), sorted(samples.labels * 2))
                self.assertEqual([a for a in answers if not isinstance(a, str)], [{"error": samples.bad_error}])

    def test_training_set_has_size_and_labels(self) -> None:
        drawn = drawn_set(hands.draw_hand, tuple(hands.SIGNS), 20, 5, 16, 16, "bilinear")
        self.assertEqual(drawn.pixels.shape, (20, 16, 16, 3))
        np.testing.assert_array_equal(np.bincount(drawn.targets), [2] * 10)
        self.assertEqual(len(set(drawn.digests)), 20)


if __name__ == "__main__":
    unittest.main()
