"""Draws the sample images of a model, with `expected.json` beside them.

    python3 training/draw_samples.py cifar10
    python3 training/draw_samples.py sign-language-digits

The pictures depend on the seed alone (and on the versions of Pillow and of the font).
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from drawing import emoji, hands
from drawing.sets import Draw

SIZES = ((200, 150), (320, 240), (240, 320), (640, 480), (256, 256), (480, 360))
LARGE = (1280, 960)  # one in ten, as cameras make them


@dataclass(frozen=True)
class Samples:
    """What to draw for one model, and the one file that must be refused.

    `seed` is one whose pictures the model of the repository gets right with room to spare:
    samples show what the app does, they do not measure the model.
    """

    draw: Draw
    labels: tuple[str, ...]
    bad_name: str
    bad_error: str
    bad_content: Callable[[bytes], bytes]
    seed: int


NOT_AN_IMAGE = b"This is a text file with the name of a photograph. It must be refused, and nothing else stopped.\n"
MODELS: dict[str, Samples] = {
    "cifar10": Samples(emoji.draw_object, tuple(emoji.GLYPHS), "not-an-image.jpg", "NotAnImage",
                       lambda photo: NOT_AN_IMAGE, seed=22),
    # Half of a photograph, as an upload leaves it that broke off.
    "sign-language-digits": Samples(hands.draw_hand, tuple(hands.SIGNS), "truncated.jpg", "TruncatedImage",
                                    lambda photo: photo[:len(photo) // 2], seed=7),
}


def sample_images(samples: Samples, per_label: int, seed: int) -> dict[str, tuple[bytes, object]]:
    """File name to (content, expected answer), in the order in which they are drawn."""
    files: dict[str, tuple[bytes, object]] = {}
    for number in range(per_label * len(samples.labels)):
        label = samples.labels[number % len(samples.labels)]
        # Three numbers where the training mix has two: no picture of one is a picture of the other.
        random = np.random.default_rng((seed, 0, number))
        size = LARGE if number % 10 == 7 else SIZES[random.integers(len(SIZES))]
        png = number % 3 == 1 and size[0] < 400  # large PNGs of grainy pictures take too much room
        name = f"{label}-{number // len(samples.labels) + 1}.{'png' if png else 'jpg'}"
        files[name] = (encode(samples.draw(random, label, *size), png), label)
    photo = next(content for name, (content, _) in files.items() if name.endswith(".jpg"))
    files[samples.bad_name] = (samples.bad_content(photo), {"error": samples.bad_error})
    return files


def encode(picture: Image.Image, png: bool) -> bytes:
    """The picture as a PNG or JPEG file."""
    content = io.BytesIO()
    if png:
        picture.save(content, "PNG", optimize=True)
    else:
        picture.save(content, "JPEG", quality=85)
    return content.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=sorted(MODELS))
    parser.add_argument("--output", type=Path, help="default: sample-images/{model}")
    parser.add_argument("--per-label", type=int, default=3)
    parser.add_argument("--seed", type=int, help="default: the one of the samples in the repository")
    options = parser.parse_args()

    folder = options.output or Path("sample-images") / options.model
    folder.mkdir(parents=True, exist_ok=True)
    samples = MODELS[options.model]
    seed = samples.seed if options.seed is None else options.seed
    files = sample_images(samples, options.per_label, seed)
    for name, (content, _) in files.items():
        (folder / name).write_bytes(content)
    expected = {name: answer for name, (_, answer) in sorted(files.items())}
    (folder / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")
    print(f"{len(files)} files, {sum(len(c) for c, _ in files.values()) / 1e6:.2f} MB, in {folder}")


if __name__ == "__main__":
    main()
