"""Backgrounds at photo size: gradients, noise, shapes, and simple scenery."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]


def background(random: np.random.Generator, width: int, height: int) -> Image.Image:
    """One background of width x height pixels; which kind, `random` decides."""
    kinds: list[Callable[[np.random.Generator, int, int], Image.Image]] = [
        gradient, noise, shapes, landscape, landscape]
    return kinds[random.integers(len(kinds))](random, width, height)


def colour(random: np.random.Generator, near: Colour | None = None, spread: int = 30) -> Colour:
    """A random colour, or one near a given colour."""
    if near is None:
        return tuple(int(v) for v in random.integers(0, 256, 3))
    return tuple(int(np.clip(v + random.integers(-spread, spread + 1), 0, 255)) for v in near)


def gradient(random: np.random.Generator, width: int, height: int,
             start: Colour | None = None, end: Colour | None = None) -> Image.Image:
    """A linear change of colour; from top to bottom where colours are given."""
    angle = np.pi / 2 if start else random.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:1:height * 1j, 0:1:width * 1j]
    t = x * np.cos(angle) + y * np.sin(angle)
    t = ((t - t.min()) / max(float(np.ptp(t)), 1e-6))[..., None]
    a, b = np.array(start or colour(random)), np.array(end or colour(random))
    return Image.fromarray((a * (1 - t) + b * t).astype(np.uint8))


def noise(random: np.random.Generator, width: int, height: int) -> Image.Image:
    """Soft blotches around one colour, like foliage, gravel or a wall out of focus."""
    base = np.array(colour(random))
    cells = int(random.integers(4, 24))
    rough = base + random.normal(0, random.uniform(8, 45), (cells, cells, 3)) \
        + random.normal(0, 15, (cells, cells, 1))
    small = Image.fromarray(np.clip(rough, 0, 255).astype(np.uint8))
    return small.resize((width, height), Image.BICUBIC)


def shapes(random: np.random.Generator, width: int, height: int) -> Image.Image:
    """Blurred ellipses and rectangles over a gradient, like a room out of focus."""
    image = gradient(random, width, height)
    draw = ImageDraw.Draw(image)
    for _ in range(random.integers(3, 12)):
        x, y = random.uniform(-0.2, 1.0, 2) * (width, height)
        w, h = random.uniform(0.08, 0.6, 2) * (width, height)
        outline = draw.ellipse if random.random() < 0.5 else draw.rectangle
        outline([x, y, x + w, y + h], fill=colour(random))
    return image.filter(ImageFilter.GaussianBlur(random.uniform(0, 0.03) * width))


GROUNDS: list[Colour] = [(70, 120, 50), (120, 100, 70), (40, 90, 140), (110, 110, 112), (200, 180, 130),
                         (230, 232, 238)]
SKIES: list[Colour] = [(90, 150, 220), (170, 195, 220), (240, 160, 110), (200, 205, 210), (40, 50, 90)]


def landscape(random: np.random.Generator, width: int, height: int) -> Image.Image:
    """Sky over hills over grass, earth, water, road, sand or snow."""
    sky = colour(random, SKIES[random.integers(len(SKIES))])
    image = gradient(random, width, height, sky, colour(random, sky, 60))
    horizon = random.uniform(0.25, 0.8) * height
    draw = ImageDraw.Draw(image)

    ground = colour(random, GROUNDS[random.integers(len(GROUNDS))])
    x = np.linspace(0, width, 40)
    for layer in range(random.integers(0, 3)):
        wave = np.sin(x / width * random.uniform(3, 14) + random.uniform(0, 6))
        ridge = horizon - (0.06 + 0.05 * wave) * height * random.uniform(0.5, 2)
        hill = colour(random, tuple((g + s) // 2 for g, s in zip(ground, sky)), 20)
        draw.polygon([(0, height), *zip(x, ridge), (width, height)], fill=hill)

    floor = gradient(random, width, max(1, height - int(horizon)), ground, colour(random, ground, 40))
    image.paste(floor, (0, int(horizon)))
    for _ in range(random.integers(0, 60)):
        px, py = random.uniform(0, width), random.uniform(horizon, height)
        size = random.uniform(0.005, 0.03) * width
        draw.ellipse([px, py, px + size * 2, py + size], fill=colour(random, ground, 35))
    return image.filter(ImageFilter.GaussianBlur(random.uniform(0, 0.008) * width))
