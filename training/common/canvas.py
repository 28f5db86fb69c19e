"""Pictures shrunk onto canvases: what a 32 x 32 image looks like as part of a plot, a scan or a page.

Each variant is made the way such pictures come about and the way the app reads them. The image is enlarged
(x 3 to x 14, any filter), pasted somewhere on a canvas, sometimes with a frame and ticks like a plot, sometimes
compressed as JPEG, and the whole canvas is then resized to the image's own size with Pillow.

Width and height shrink independently. In training they cover 45 to 100 % of the canvas, and one variant in seven
fills it; for measuring they cover 50 to 90 %. Canvases are white, black, gray, colored, gradients, blotches or grain.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from .data import FILTERS, ImageSet, resize

NAMES = tuple(FILTERS)
CHUNK = 500  # images per task of a worker process


@dataclass(frozen=True)
class Ranges:
    """How far pictures shrink.

    smallest, largest: share of the canvas that the picture's width and height cover, each drawn by itself
    whole: part of the pictures that fill the canvas
    """

    smallest: float = 0.45
    largest: float = 1.0
    whole: float = 0.15


TRAINING = Ranges()
MEASURING = Ranges(0.5, 0.9, 0.0)


def on_canvas(random: np.random.Generator, pixels: np.ndarray, ranges: Ranges, resize_filter: str) -> np.ndarray:
    """One variant of `pixels`; takes and returns uint8 (height, width, 3).

    The canvas depends on `random` alone, so the same seed gives every filter the same canvas.
    """
    height, width = pixels.shape[:2]
    factor = 3 * (14 / 3) ** random.random()
    by = FILTERS["nearest" if random.random() < 0.5 else NAMES[random.integers(len(NAMES))]]
    picture = Image.fromarray(pixels).resize((round(width * factor), round(height * factor)), by)
    if random.random() >= ranges.whole:
        across, down = random.uniform(ranges.smallest, ranges.largest, 2)
        picture = _paste(random, picture, round(picture.width / across), round(picture.height / down))
    if random.random() < 0.3:
        content = io.BytesIO()
        picture.save(content, "JPEG", quality=int(random.integers(60, 96)))
        picture = Image.open(content)
    return resize(picture, width, height, resize_filter)


def variants(images: ImageSet, count: int, seed: int, cache: Path | None = None, processes: int = 2) -> np.ndarray:
    """Training variants with random filters: uint8 (count, images, height, width, 3).

    Every variant has its own generator (seed, round, row). With `cache` (a folder) they are kept there.
    """
    key = hashlib.sha256(images.pixels.tobytes() + f"{TRAINING}|{count}|{seed}".encode()).hexdigest()[:16]
    kept = cache / f"canvas-{key}.npy" if cache is not None else None
    if kept is not None and kept.exists():
        return np.load(kept)
    parts = [(images.pixels[start:start + CHUNK], start, turn, seed)
             for turn in range(count) for start in range(0, len(images), CHUNK)]
    made = np.concatenate(list(_map(parts, processes))).reshape(count, *images.pixels.shape)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(".part")
        with part.open("wb") as stream:
            np.save(stream, made)
        part.replace(kept)  # an interrupted write never passes for a whole file
    return made


def measured(pixels: np.ndarray, seed: int, resize_filter: str) -> np.ndarray:
    """One variant per image for measuring: takes and returns uint8 (images, height, width, 3)."""
    return np.stack([on_canvas(np.random.default_rng((seed, row)), image, MEASURING, resize_filter)
                     for row, image in enumerate(pixels)])


def _map(parts: list[tuple[np.ndarray, int, int, int]], processes: int) -> Iterable[np.ndarray]:
    if processes < 2:
        return map(_variants_of, parts)
    with ProcessPoolExecutor(processes) as workers:
        return list(workers.map(_variants_of, parts))


def _variants_of(part: tuple[np.ndarray, int, int, int]) -> np.ndarray:
    pixels, start, turn, seed = part
    made = []
    for row, image in enumerate(pixels, start):
        random = np.random.default_rng((seed, turn, row))
        made.append(on_canvas(random, image, TRAINING, NAMES[random.integers(len(NAMES))]))
    return np.stack(made)


def _paste(random: np.random.Generator, picture: Image.Image, width: int, height: int) -> Image.Image:
    """A canvas of width x height pixels with the picture in the middle (half of them) or anywhere."""
    canvas = _background(random, width, height)
    middle = random.random() < 0.5
    x, y = (0.5, 0.5) if middle else random.random(2)
    left, top = round(x * (width - picture.width)), round(y * (height - picture.height))
    canvas.paste(picture, (left, top))
    if random.random() < 0.4:
        _axes(random, canvas, (left, top, left + picture.width - 1, top + picture.height - 1))
    return canvas


def _background(random: np.random.Generator, width: int, height: int) -> Image.Image:
    """Plain in two of three cases, and white in half of those."""
    kind = random.random()
    color = random.integers(0, 256, 3)
    if kind < 0.33:
        color = np.full(3, random.integers(245, 256))
    elif kind < 0.42:
        color = np.full(3, random.integers(0, 12))
    elif kind < 0.5:
        color = np.full(3, random.integers(12, 245))
    if kind < 0.66:
        return Image.new("RGB", (width, height), tuple(int(v) for v in color))
    if kind < 0.77:  # a color per corner
        corners = random.integers(0, 256, (2, 2, 3), dtype=np.uint8)
        return Image.fromarray(corners).resize((width, height), Image.BILINEAR)
    spread = random.uniform(8, 60)
    if kind < 0.88:  # soft blotches around one color
        cells = color + random.normal(0, spread, (*random.integers(3, 20, 2), 3))
        return Image.fromarray(np.clip(cells, 0, 255).astype(np.uint8)).resize((width, height), Image.BICUBIC)
    grain = random.integers(-128, 128, (height, width, 3), dtype=np.int8) * np.float32(spread / 64)
    return Image.fromarray(np.clip(color.astype(np.float32) + grain, 0, 255).astype(np.uint8))


def _axes(random: np.random.Generator, canvas: Image.Image, box: tuple[int, int, int, int]) -> None:
    """A thin frame, and in two of three cases ticks with numbers on the left and below, as plots have them."""
    draw = ImageDraw.Draw(canvas)
    left, top, right, bottom = box
    pen = 255 if sum(canvas.getpixel((0, 0))) < 150 else int(random.integers(0, 80))
    ink = (pen, pen, pen)
    draw.rectangle(box, outline=ink, width=int(random.integers(1, 3)))
    if random.random() < 0.33:
        return
    steps, length = int(random.integers(4, 9)), max(2, round(0.015 * (right - left)))
    for step in range(steps):
        x, y = left + (right - left) * step // steps, top + (bottom - top) * step // steps
        draw.line([x, bottom, x, bottom + length], fill=ink)
        draw.line([left - length, y, left, y], fill=ink)
        draw.text((x - 4, bottom + length + 1), str(step * 5), fill=ink)
        draw.text((left - length - 14, y - 5), str(step * 5), fill=ink)
