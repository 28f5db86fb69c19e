"""Sets of drawn images for training, made in memory and resized as the app resizes photographs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
from PIL import Image

from common.data import ImageSet, resize

# (random, label, width, height) -> picture
Draw = Callable[[np.random.Generator, str, int, int], Image.Image]
PHOTO_SIZES = ((200, 150), (240, 240), (320, 240), (240, 320), (400, 300))


def drawn_set(draw: Draw, labels: tuple[str, ...], count: int, seed: int,
              width: int, height: int, resize_filter: str) -> ImageSet:
    """`count` drawn images, labels in turn, each from its own generator (seed, number)."""
    pixels, digests = [], []
    targets = np.arange(count, dtype=np.int64) % len(labels)
    for number, target in enumerate(targets):
        random = np.random.default_rng((seed, number))
        photo_width, photo_height = PHOTO_SIZES[random.integers(len(PHOTO_SIZES))]
        picture = draw(random, labels[target], photo_width, photo_height)
        pixels.append(resize(picture, width, height, resize_filter))
        digests.append(hashlib.sha256(pixels[-1].tobytes()).hexdigest())
    return ImageSet(np.stack(pixels), targets, np.array(digests), labels)
