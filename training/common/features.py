"""Outputs of a frozen network part, computed once for a set of images and kept in a file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

from .loop import Tensors


def frozen_features(frozen: nn.Module, images: Tensors, cache: Path, batch_size: int = 16) -> Tensors:
    """float32 features of every image; read from `cache` where the same images met the same weights before."""
    key = hashlib.sha256(images.inputs.numpy().tobytes())
    for tensor in frozen.state_dict().values():
        key.update(tensor.numpy().tobytes())
    file = cache / f"features-{key.hexdigest()[:16]}.npy"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        frozen.eval()
        with torch.no_grad():
            parts = [frozen(part.float()).numpy() for part in images.inputs.split(batch_size)]
        part_file = file.with_suffix(".part")
        with part_file.open("wb") as stream:
            np.save(stream, np.concatenate(parts))
        part_file.replace(file)  # an interrupted write is never taken for a whole file
    return Tensors(torch.from_numpy(np.load(file)), images.targets)
