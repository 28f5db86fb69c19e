"""Writes an artifact's folder: model.onnx and its manifest, model.json."""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import nn

OPSET = 14
INPUT = "input"
OUTPUT = "probabilities"


def manifest(labels: Sequence[str], width: int, height: int, resize_filter: str, scale: float) -> dict[str, Any]:
    """How the app turns an image (width x height pixels, RGB, NCHW) into the input, and what comes out."""
    return {
        "labels": list(labels),
        "input": {
            "name": INPUT, "width": width, "height": height, "layout": "NCHW", "channels": "RGB", "type": "float32",
            "resize": {"mode": "stretch", "filter": resize_filter},
            "scale": scale, "mean": [0, 0, 0], "std": [1, 1, 1],
        },
        "output": {"name": OUTPUT, "activation": "none"},
        "top": min(5, len(labels)),
        "backend": {"type": "onnx"},
    }


def write_artifact(folder: Path, network: nn.Module, description: dict[str, Any]) -> Path:
    """Exports `network` (pixels to logits) with a softmax behind it, and the manifest beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "model.onnx"
    whole = nn.Sequential(network, nn.Softmax(1)).eval().to(memory_format=torch.contiguous_format)
    size = description["input"]
    # Newer versions of PyTorch export in another way by default, which may put weights into a second file.
    way = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    torch.onnx.export(
        whole, torch.zeros(2, 3, size["height"], size["width"]), str(file), opset_version=OPSET,
        input_names=[INPUT], output_names=[OUTPUT], dynamic_axes={INPUT: {0: "batch"}, OUTPUT: {0: "batch"}}, **way)
    check_onnx(file, len(description["labels"]))
    (folder / "model.json").write_text(json.dumps(description, indent=2) + "\n")
    return file


def check_onnx(file: Path, classes: int) -> None:
    """Raises where the file is not what the app expects of it."""
    model = onnx.load(str(file), load_external_data=False)
    onnx.checker.check_model(model, full_check=True)
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in model.graph.initializer):
        raise ValueError(f"{file}: has external data")
    first, last = model.graph.input[0], model.graph.output[0]
    batch = first.type.tensor_type.shape.dim[0].dim_param
    columns = last.type.tensor_type.shape.dim[1].dim_value
    if (first.name, last.name, batch, columns) != (INPUT, OUTPUT, "batch", classes):
        raise ValueError(f"{file}: not as wanted: {first.name} ({batch or 'fixed'} batch) to {last.name} of {columns}")
