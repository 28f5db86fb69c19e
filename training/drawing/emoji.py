"""Objects of the ten CIFAR-10 classes: glyphs of an emoji font on varied backgrounds.

The font is Noto Color Emoji (SIL Open Font License 1.1; Debian package `fonts-noto-color-emoji`).
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from .backgrounds import background
from .camera import photograph

FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
FONT_SIZE = 109  # the only size of the bitmaps in the font
GLYPHS: dict[str, str] = {
    "airplane": "\u2708\U0001F6E9\U0001F6EB\U0001F6EC",
    "automobile": "\U0001F697\U0001F698\U0001F699\U0001F695\U0001F696\U0001F693\U0001F3CE",
    "bird": "\U0001F426\U0001F985\U0001F986\U0001F54A\U0001F989\U0001F99C\U0001F9A2\U0001F9A9\U0001F424",
    "cat": "\U0001F408\U0001F431",
    "deer": "\U0001F98C",
    "dog": "\U0001F415\U0001F436\U0001F429\U0001F9AE",
    "frog": "\U0001F438",
    "horse": "\U0001F40E\U0001F434",
    "ship": "\U0001F6A2\u26F5\u26F4\U0001F6F3\U0001F6A4",
    "truck": "\U0001F69A\U0001F69B\U0001F6FB\U0001F692",
}


@functools.lru_cache(maxsize=None)
def glyph(character: str) -> Image.Image:
    """The glyph as RGBA, cropped to what is visible."""
    font = ImageFont.truetype(str(FONT), FONT_SIZE)
    image = Image.new("RGBA", (160, 160))
    ImageDraw.Draw(image).text((12, 12), character, font=font, embedded_color=True)
    box = image.getchannel("A").getbbox()
    if box is None:
        raise ValueError(f"{FONT} has no glyph U+{ord(character):04X}")
    return image.crop(box)


def draw_object(random: np.random.Generator, label: str, width: int, height: int) -> Image.Image:
    """One picture of the labelled object, width x height pixels, RGB."""
    image = background(random, width, height)
    characters = GLYPHS[label]
    figure = glyph(characters[random.integers(len(characters))])

    scale = random.uniform(0.55, 0.98) * min(width / figure.width, height / figure.height)
    figure = figure.resize((max(8, int(figure.width * scale)), max(8, int(figure.height * scale))), Image.BICUBIC)
    if random.random() < 0.5:
        figure = figure.transpose(Image.FLIP_LEFT_RIGHT)
    figure = figure.rotate(random.normal(0, 7), Image.BICUBIC, expand=True)
    figure = _recolour(random, figure)

    left = int(random.uniform(0.15, 0.85) * (width - figure.width))
    top = int(random.uniform(0.15, 0.85) * (height - figure.height))
    if random.random() < 0.5:
        _cast_shadow(image, figure, left, top, random)
    image.paste(figure, (left, top), figure)
    return photograph(random, image)


def _recolour(random: np.random.Generator, figure: Image.Image) -> Image.Image:
    """Less saturated and slightly tinted, for objects are not as colourful as emoji are."""
    alpha = figure.getchannel("A")
    plain = ImageEnhance.Color(figure.convert("RGB")).enhance(random.uniform(0.3, 1.1))
    tint = random.normal(1, 0.08, 3)
    plain = Image.fromarray(np.clip(np.asarray(plain) * tint, 0, 255).astype(np.uint8))
    plain.putalpha(alpha)
    return plain


def _cast_shadow(image: Image.Image, figure: Image.Image, left: int, top: int,
                 random: np.random.Generator) -> None:
    """Darkens an ellipse below the object."""
    mask = Image.new("L", image.size)
    bottom = top + figure.height
    box = [left, bottom - figure.height * 0.12, left + figure.width, bottom + figure.height * 0.08]
    ImageDraw.Draw(mask).ellipse(box, fill=int(random.uniform(60, 160)))
    mask = mask.filter(ImageFilter.GaussianBlur(figure.width * 0.03))
    image.paste((15, 15, 20), (0, 0), mask)
