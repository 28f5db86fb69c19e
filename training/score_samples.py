"""Writes the scores of a model for its sample images, as computed on the side of training.

    python3 training/score_samples.py cifar10

The app's tests compare what `mme classify` answers with these files: decoding by Pillow, resizing by
Pillow, and the exported graph run outside the app must give the same scores.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from common.data import resize
from common.run_onnx import run

REPOSITORY = Path(__file__).resolve().parents[1]
SCORES = Path(__file__).resolve().parent / "scores"


def tensor(file: Path, description: dict[str, Any]) -> np.ndarray:
    """The manifest's preprocessing of one image file: float32 (3, height, width)."""
    size = description["input"]
    with Image.open(file) as image:
        pixels = resize(image, size["width"], size["height"], size["resize"]["filter"])
    return (pixels.transpose(2, 0, 1) * np.float32(size["scale"])).astype(np.float32)


def sample_scores(model: str) -> dict[str, np.ndarray]:
    """File name to probabilities (classes,), for every sample that has a label, sorted by name."""
    folder, samples = REPOSITORY / "models" / model, REPOSITORY / "sample-images" / model
    description = json.loads((folder / "model.json").read_text())
    expected = json.loads((samples / "expected.json").read_text())
    names = sorted(name for name, answer in expected.items() if isinstance(answer, str))
    scores = run(folder / "model.onnx", np.stack([tensor(samples / name, description) for name in names]))
    return dict(zip(names, scores))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    model = parser.parse_args().model
    lines = []
    for name, row in sample_scores(model).items():  # one line an image, which a diff can show
        lines.append(f'  "{name}": [{", ".join(f"{value:.6f}" for value in row)}]')
    SCORES.mkdir(exist_ok=True)
    (SCORES / f"{model}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
