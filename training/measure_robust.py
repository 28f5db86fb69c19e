"""Measures an exported model on the held-out images, as they are and shrunk onto canvases.

    python3 training/measure_robust.py models/cifar10 --train data/cifar10-train.zip

`cifar_train.py` writes the same figures to metrics.json; this script measures any model.onnx, for instance an
earlier one.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from cifar_train import FILTER, LABELS, SCALE, SIZE
from common.data import hold_out, read_images
from common.loop import tensors
from common.report import robust_accuracy
from common.run_onnx import run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder with model.onnx")
    parser.add_argument("--train", type=Path, default=Path("data/cifar10-train.zip"))
    parser.add_argument("--held-out", type=int, default=5000)
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    images = read_images(options.train, "train", LABELS, SIZE, SIZE, FILTER, options.cache)
    _, held_out = hold_out(images, options.held_out)

    def scores(inputs: torch.Tensor) -> np.ndarray:
        parts = [run(options.folder / "model.onnx", part.numpy().astype(np.float32) * np.float32(SCALE))
                 for part in inputs.split(500)]
        return np.concatenate(parts)

    right = scores(tensors(held_out).inputs).argmax(1) == held_out.targets
    found = {"accuracy": round(float(right.mean()), 4), "robust": robust_accuracy(scores, held_out)}
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
