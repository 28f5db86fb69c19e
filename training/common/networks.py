"""Small networks. All take float32 (batch, 3, height, width) and return logits (batch, classes)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class Normalize(nn.Module):
    """Shifts and scales channels inside the network, so that callers feed nothing but pixels / 255."""

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return (images - self.mean) / self.std


class Scaled(nn.Module):
    """Multiplies pixels (0 to 255) in front of the network during training.

    It is not part of the artifact: the app scales by itself, as the manifest says.
    """

    def __init__(self, network: nn.Module, scale: float) -> None:
        super().__init__()
        self.network = network
        self.scale = scale

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.network(images * self.scale)


class DropFirst(nn.Module):
    """Drops the first row and column: an even kernel's padding then lies right and below, as Keras puts it.

    PyTorch's own `padding="same"` does so too, but cannot be exported to ONNX.
    """

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images[:, :, 1:, 1:]


def alexnet(classes: int = 10) -> nn.Sequential:
    """A small AlexNet for 32 x 32: three convolutional and two dense layers."""
    return nn.Sequential(
        Normalize((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
        *_convolution(3, 64, 5), nn.MaxPool2d(2),
        *_convolution(64, 144, 3), nn.MaxPool2d(2),
        *_convolution(144, 320, 3), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.15),
        nn.Linear(320 * 4 * 4, 256, bias=False), nn.BatchNorm1d(256), nn.ReLU(), nn.Dropout(0.15),
        nn.Linear(256, classes))


def article(classes: int = 10) -> nn.Sequential:
    """The article's simplified AlexNet for 32 x 32: 16, 32 and 64 filters of 2 x 2, dense 500."""
    layers: list[nn.Module] = []
    for before, after in ((3, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(before, after, 2, padding=1), DropFirst(), nn.ReLU(), nn.BatchNorm2d(after),
                   nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Dropout(0.3), nn.Flatten(), nn.Linear(64 * 4 * 4, 500), nn.ReLU(),
                         nn.Dropout(0.4), nn.Linear(500, classes))


def small_vgg(classes: int = 10) -> nn.Sequential:
    """A narrow VGG for 64 x 64: pairs of 3 x 3 convolutions and two dense layers."""
    return nn.Sequential(
        Normalize((0.5, 0.5, 0.5), (0.25, 0.25, 0.25)),
        *_convolution(3, 32, 3), *_convolution(32, 32, 3), nn.MaxPool2d(2),
        *_convolution(32, 64, 3), *_convolution(64, 64, 3), nn.MaxPool2d(2),
        *_convolution(64, 128, 3), *_convolution(128, 128, 3), nn.MaxPool2d(2),
        *_convolution(128, 192, 3), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.4), nn.Linear(192 * 4 * 4, 128, bias=False), nn.BatchNorm1d(128), nn.ReLU(),
        nn.Dropout(0.4), nn.Linear(128, classes))


def _convolution(before: int, after: int, kernel: int) -> list[nn.Module]:
    return [nn.Conv2d(before, after, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
