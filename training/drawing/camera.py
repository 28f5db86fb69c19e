"""What a camera adds to a drawn picture."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter


def photograph(random: np.random.Generator, image: Image.Image) -> Image.Image:
    """Blur, exposure, contrast and noise; same size, RGB."""
    image = image.filter(ImageFilter.GaussianBlur(random.uniform(0, 0.006) * image.width))
    image = ImageEnhance.Brightness(image).enhance(random.uniform(0.75, 1.2))
    image = ImageEnhance.Contrast(image).enhance(random.uniform(0.8, 1.2))
    grain = random.normal(0, random.uniform(0, 5), (image.height, image.width, 1))
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))
