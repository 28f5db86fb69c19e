"""Reads image folders (or zips of them) into memory, and holds a part out by content.

Layout expected: `{part}/{label}/*.jpg`, for instance `train/cat/0001.jpg`.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
FILTERS = {
    "nearest": Image.NEAREST, "box": Image.BOX, "bilinear": Image.BILINEAR,
    "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS,
}


@dataclass(frozen=True)
class ImageSet:
    """Images of one size with their labels.

    pixels: uint8, (images, height, width, 3), RGB
    targets: int64, (images,), index into labels
    digests: SHA-256 of each file's bytes, as hex
    labels: class names, in the order of the network's outputs
    """

    pixels: np.ndarray
    targets: np.ndarray
    digests: np.ndarray
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, rows: np.ndarray) -> ImageSet:
        """The images at the given row numbers, in that order."""
        return ImageSet(self.pixels[rows], self.targets[rows], self.digests[rows], self.labels)

    def digest(self) -> str:
        """One hash for the whole set, whatever the files are called and however they are ordered."""
        pairs = sorted(f"{d} {self.labels[t]}" for d, t in zip(self.digests, self.targets))
        return "sha256:" + hashlib.sha256("\n".join(pairs).encode()).hexdigest()


def join(*sets: ImageSet) -> ImageSet:
    """The sets one behind the other."""
    return ImageSet(*(np.concatenate([getattr(s, name) for s in sets]) for name in ("pixels", "targets", "digests")),
                    sets[0].labels)


def resize(image: Image.Image, width: int, height: int, resize_filter: str) -> np.ndarray:
    """Stretches to width x height pixels as the app does it; returns uint8 (height, width, 3)."""
    rgb = image.convert("RGB")
    if rgb.size != (width, height):
        rgb = rgb.resize((width, height), FILTERS[resize_filter])
    return np.asarray(rgb)


def read_images(source: Path, part: str, labels: tuple[str, ...], width: int, height: int,
                resize_filter: str, cache: Path | None = None) -> ImageSet:
    """Reads every image below `{part}/` of a folder or zip, resized to width x height pixels.

    With `cache` (a folder), the decoded pixels are kept there and the next call reads those.
    """
    source = find_source(source)
    kept = None
    if cache is not None:
        key = f"{source.resolve()}|{source.stat().st_mtime_ns}|{part}|{labels}|{width}x{height}|{resize_filter}"
        kept = cache / (hashlib.sha256(key.encode()).hexdigest()[:16] + ".npz")
        if kept.exists():
            with np.load(kept) as stored:
                return ImageSet(stored["pixels"], stored["targets"], stored["digests"], labels)

    pixels, targets, digests = [], [], []
    for label, content in _files(source, part):
        with Image.open(io.BytesIO(content)) as image:
            pixels.append(resize(image, width, height, resize_filter))
        targets.append(labels.index(label))
        digests.append(hashlib.sha256(content).hexdigest())
    if not pixels:
        raise SystemExit(f"{source}: no images below {part}/{{label}}/")

    images = ImageSet(np.stack(pixels), np.array(targets, np.int64), np.array(digests), labels)
    if kept is not None:
        cache.mkdir(parents=True, exist_ok=True)
        np.savez(kept, pixels=images.pixels, targets=images.targets, digests=images.digests)
    return images


def find_source(source: Path) -> Path:
    """The data itself: SageMaker hands over a folder even where the channel holds a single zip."""
    if not source.exists():
        raise SystemExit(f"{source}: not found; training/README.md says where the data comes from")
    if source.is_dir():
        archives = sorted(source.glob("*.zip"))
        if len(archives) == 1 and not any(child.is_dir() for child in source.iterdir()):
            return archives[0]
    return source


def _files(source: Path, part: str) -> Iterator[tuple[str, bytes]]:
    """Yields (label, bytes) of every image, sorted by path, so that every machine sees one order."""
    if source.is_dir():
        # Labels may lie right in the folder, as in a SageMaker channel that holds the training part alone.
        root = source if part == "train" and not (source / part).is_dir() else source / part
        for file in sorted(root.glob("*/*")):
            if file.suffix.lower() in IMAGE_SUFFIXES:
                yield file.parent.name, file.read_bytes()
        return
    with zipfile.ZipFile(source) as archive:
        for name in sorted(archive.namelist()):
            steps = name.split("/")
            if len(steps) >= 3 and steps[-3] == part and name.lower().endswith(IMAGE_SUFFIXES):
                yield steps[-2], archive.read(name)


def hold_out(images: ImageSet, count: int) -> tuple[ImageSet, ImageSet]:
    """Splits into (rest, held out) by the hash of the files' bytes.

    The hash makes the split independent of names, order and machine, and keeps identical files
    together, so that no held-out image is a copy of one that was trained on.
    """
    order = np.argsort(images.digests, kind="stable")
    while 0 < count < len(order) and images.digests[order[count]] == images.digests[order[count - 1]]:
        count -= 1
    return images.take(np.sort(order[count:])), images.take(np.sort(order[:count]))
