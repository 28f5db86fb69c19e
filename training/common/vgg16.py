"""VGG16 without its top (Simonyan and Zisserman 2014), and loaders for two kinds of weights file."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import torch
from torch import nn

from .networks import Normalize

SIZE = 224
BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
FROZEN = 24  # layers of `features` before the fifth block
# ImageNet's channel means and deviations, in which torchvision's weights were trained.
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Vgg16(nn.Module):
    """Pixels 0 to 255, float32 (batch, 3, 224, 224), to logits (batch, classes).

    13 convolutions, the mean over the last feature map, and one dense layer. `normalize` puts
    ImageNet's normalisation inside the network: torchvision's weights need it, the article's
    Keras weights are fed with plain pixels.
    """

    def __init__(self, classes: int, normalize: bool) -> None:
        super().__init__()
        scaled = [tuple(255 * v for v in values) for values in (IMAGENET_MEAN, IMAGENET_STD)]
        self.normalize = Normalize(*scaled) if normalize else nn.Identity()
        layers: list[nn.Module] = []
        before = 3
        for block in BLOCKS:
            for after in block:
                layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]
                before = after
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.dense = nn.Linear(512, classes)
        for convolution in self.convolutions():
            nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
            nn.init.zeros_(convolution.bias)

    def convolutions(self) -> list[nn.Conv2d]:
        """The 13 convolutions in order."""
        return [layer for layer in self.features if isinstance(layer, nn.Conv2d)]

    def frozen(self) -> nn.Sequential:
        """Pixels to the fourth block's output (batch, 512, 14, 14): never trained."""
        return nn.Sequential(self.normalize, *self.features[:FROZEN])

    def trained(self) -> nn.Sequential:
        """The fourth block's output to logits: what is fine-tuned. Shares its layers with this network."""
        return nn.Sequential(*self.features[FROZEN:], nn.AdaptiveAvgPool2d(1), nn.Flatten(), self.dense)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.trained()(self.frozen()(images))


def load_vgg16(file: Path, classes: int) -> Vgg16:
    """VGG16 with the file's convolutions: torchvision's checkpoint or Keras' notop weights."""
    keras = h5py.is_hdf5(file)
    network = Vgg16(classes, normalize=not keras)
    weights = read_keras(file) if keras else read_torchvision(file)
    problems = []
    with torch.no_grad():
        for layer, (name, kernel, bias) in zip(network.convolutions(), weights):
            if kernel.shape != layer.weight.shape or bias.shape != layer.bias.shape:
                problems.append(f"{name}: {tuple(kernel.shape)} and {tuple(bias.shape)}, "
                                f"wanted {tuple(layer.weight.shape)} and {tuple(layer.bias.shape)}")
                continue
            layer.weight.copy_(kernel)
            layer.bias.copy_(bias)
    if problems:
        raise ValueError(f"{file} is not VGG16:\n" + "\n".join(problems))
    return network


# Name, kernel (out, in, 3, 3), bias (out)
Convolution = tuple[str, torch.Tensor, torch.Tensor]


def read_torchvision(file: Path) -> list[Convolution]:
    """`features.{n}.weight` and `.bias` of a state dictionary; the classifier's entries are not used."""
    state = torch.load(file, map_location="cpu")
    # Positions of the convolutions in torchvision's `features`, which counts as Vgg16.features does.
    numbers = [n for n, layer in enumerate(Vgg16(1, normalize=False).features) if isinstance(layer, nn.Conv2d)]
    wanted = [f"features.{n}.{part}" for n in numbers for part in ("weight", "bias")]
    missing = [name for name in wanted if name not in state]
    if missing:
        raise ValueError(f"{file} is not torchvision's VGG16: without {', '.join(missing)}")
    return [(f"features.{n}", state[f"features.{n}.weight"], state[f"features.{n}.bias"]) for n in numbers]


def read_keras(file: Path) -> list[Convolution]:
    """`block{b}_conv{c}` of an HDF5 file; what kernel and bias are called differs between versions of Keras.

    Keras stores kernels as (height, width, in, out), PyTorch as (out, in, height, width).
    """
    found: list[Convolution] = []
    with h5py.File(file, "r") as stored:
        root = stored["model_weights"] if "model_weights" in stored else stored
        for block, filters in enumerate(BLOCKS, 1):
            for number in range(1, len(filters) + 1):
                name = f"block{block}_conv{number}"
                by_rank = _datasets(root[name]) if name in root else {}
                if not {1, 4} <= by_rank.keys():
                    raise ValueError(f"{file} is not Keras' VGG16: without kernel and bias of {name}")
                kernel = np.ascontiguousarray(by_rank[4].transpose(3, 2, 0, 1))
                found.append((name, torch.from_numpy(kernel), torch.from_numpy(by_rank[1])))
    return found


def _datasets(group: h5py.Group) -> dict[int, np.ndarray]:
    """The arrays below a group by their number of dimensions: a kernel has 4, a bias 1."""
    by_rank: dict[int, np.ndarray] = {}

    def visit(_: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            by_rank[item.ndim] = item[()].astype(np.float32)

    group.visititems(visit)
    return by_rank
