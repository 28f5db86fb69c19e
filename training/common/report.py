"""metrics.json and the two plots of a training run."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import onnx
import PIL
import torch
from torch import nn

from .canvas import MEASURING, NAMES, measured
from .data import ImageSet
from .loop import History, Settings, Tensors, probabilities, tensors

matplotlib.use("Agg")  # a server has no display
from matplotlib import pyplot as plt  # noqa: E402  (the backend must be chosen first)

CANVAS_SEED = 2002  # not the seed of the canvases in training


def write_report(folder: Path, model: nn.Module, labels: Sequence[str], history: History, settings: Settings,
                 architecture: str, data: str, trained_on: dict[str, float], real: Tensors,
                 drawn: Tensors | None, watched: str = "held-out images",
                 shrunk: ImageSet | None = None) -> dict[str, Any]:
    """Measures `model` on photographs and on drawn images apart, and writes metrics.json and the plots.

    `real` and `drawn` are images that were not trained on; `data` is the data set's hash; `watched`
    names the images that were measured after every epoch, for the learning curve. `shrunk` are images to
    measure on canvases as well.
    """
    folder.mkdir(parents=True, exist_ok=True)
    matrix = confusion(model, real, len(labels))
    metrics: dict[str, Any] = {
        "architecture": architecture,
        "trainedParameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "heldOut": summary(matrix, labels),
        "trainedOn": trained_on,
        "dataDigest": data,
        "settings": asdict(settings),
        "epochsDone": len(history.seconds),
        "seconds": round(sum(history.seconds)),
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__,
                     "pillow": PIL.__version__, "onnx": onnx.__version__},
        "history": {name: [round(v, 4) for v in values] for name, values in vars(history).items()},
    }
    if shrunk is not None:
        metrics["heldOut"]["robust"] = robust_accuracy(lambda inputs: probabilities(model, inputs), shrunk)
    if drawn is not None:
        metrics["drawn"] = summary(confusion(model, drawn, len(labels)), labels)
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    plot_confusion(folder / "confusion_matrix.png", matrix, labels)
    plot_history(folder / "learning_curve.png", history, watched)
    print(f"{metrics['heldOut']['correct']} of {metrics['heldOut']['images']} held-out images right", flush=True)
    return metrics


def confusion(model: nn.Module, images: Tensors, classes: int) -> np.ndarray:
    """int (classes, classes): rows are the true labels, columns the answers."""
    answers = probabilities(model, images.inputs).argmax(1)
    matrix = np.zeros((classes, classes), np.int64)
    np.add.at(matrix, (images.targets.numpy(), answers), 1)
    return matrix


def robust_accuracy(scores: Callable[[torch.Tensor], np.ndarray], images: ImageSet,
                    seed: int = CANVAS_SEED) -> dict[str, Any]:
    """Accuracy on the images shrunk onto canvases, per filter of the last resize and their mean.

    `scores` takes uint8 (images, 3, height, width) and returns (images, classes). All filters see the same canvases.
    """
    by_filter = {}
    for name in NAMES:
        inputs = tensors(replace(images, pixels=measured(images.pixels, seed, name))).inputs
        by_filter[name] = round(float((scores(inputs).argmax(1) == images.targets).mean()), 4)
    return {"accuracy": round(sum(by_filter.values()) / len(by_filter), 4), "perFilter": by_filter,
            "covers": [MEASURING.smallest, MEASURING.largest], "seed": seed}


def summary(matrix: np.ndarray, labels: Sequence[str]) -> dict[str, Any]:
    """Accuracy over all images and per label (the part of a label's images that got it)."""
    right, total = matrix.diagonal(), matrix.sum(1)
    return {
        "accuracy": round(float(right.sum() / max(total.sum(), 1)), 4),
        "correct": int(right.sum()),
        "images": int(total.sum()),
        "perLabel": {label: round(float(r / max(t, 1)), 4) for label, r, t in zip(labels, right, total)},
    }


def plot_confusion(file: Path, matrix: np.ndarray, labels: Sequence[str]) -> None:
    """The confusion matrix, with the number of images in each cell."""
    figure, axes = plt.subplots(figsize=(7, 6), dpi=100)
    axes.imshow(matrix, cmap="Blues")
    axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("answer")
    axes.set_ylabel("label")
    for row, column in np.ndindex(*matrix.shape):
        dark = matrix[row, column] > matrix.max() / 2
        axes.text(column, row, str(matrix[row, column]), ha="center", va="center",
                  fontsize=8, color="white" if dark else "black")
    correct, total = int(matrix.trace()), int(matrix.sum())
    axes.set_title(f"held-out images: {correct} of {total} right ({correct / max(total, 1):.1%})")
    _save(figure, file)


def plot_history(file: Path, history: History, watched: str) -> None:
    """Accuracy on the augmented training images and on those watched, epoch by epoch."""
    epochs = range(1, len(history.seconds) + 1)
    figure, axes = plt.subplots(figsize=(7, 4.5), dpi=100)
    axes.plot(epochs, history.train_accuracy, label="training images, augmented")
    axes.plot(epochs, history.held_out_accuracy, label=watched)
    axes.set_xlabel("epoch")
    axes.set_ylabel("accuracy")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    loss = axes.twinx()
    loss.plot(epochs, history.train_loss, color="grey", linestyle=":", label="training loss")
    loss.set_ylabel("training loss (dotted)")
    _save(figure, file)


def _save(figure: plt.Figure, file: Path) -> None:
    figure.tight_layout()
    # No software version in the file: the same run then gives the same bytes.
    figure.savefig(file, metadata={"Software": None})
    plt.close(figure)
