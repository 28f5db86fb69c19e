"""Runs an exported file: with ONNX Runtime where it is installed, else with the few operators we export.

The second way follows the file's own graph and weights and shares nothing with the export but
PyTorch's kernels, so it finds a wrong graph, wrong names, or weights that are not the trained ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper


def run(file: Path, images: np.ndarray) -> np.ndarray:
    """float32 (batch, 3, height, width) to probabilities (batch, classes)."""
    try:
        import onnxruntime
    except ImportError:
        return _run_graph(onnx.load(str(file)), images)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"input": images})[0]


def _run_graph(model: onnx.ModelProto, images: np.ndarray) -> np.ndarray:
    values = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in model.graph.initializer}
    values[model.graph.input[0].name] = torch.from_numpy(images)
    with torch.no_grad():
        for node in model.graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            inputs = [values[name] for name in node.input]
            values[node.output[0]] = _operator(node.op_type, inputs, attributes)
    return values[model.graph.output[0].name].numpy()


def _operator(name: str, x: list[torch.Tensor], a: dict[str, Any]) -> torch.Tensor:
    if name == "Conv":
        if a.get("group", 1) != 1 or a["pads"][:2] != a["pads"][2:]:
            raise NotImplementedError("grouped or lopsided convolution")
        bias = x[2] if len(x) > 2 else None
        return F.conv2d(x[0], x[1], bias, a.get("strides", [1, 1]), a["pads"][:2], a.get("dilations", [1, 1]))
    if name == "Gemm":
        if a.get("transA", 0):
            raise NotImplementedError("transposed Gemm input")
        return a.get("alpha", 1.0) * x[0] @ (x[1].T if a.get("transB", 0) else x[1]) + a.get("beta", 1.0) * x[2]
    if name == "BatchNormalization":
        return F.batch_norm(x[0], x[3], x[4], x[1], x[2], eps=a.get("epsilon", 1e-5))
    if name == "Constant":
        return torch.from_numpy(numpy_helper.to_array(a["value"]).copy())
    if name == "Slice":
        starts, ends, axes, steps = (v.tolist() for v in x[1:])
        cut = [slice(None)] * x[0].dim()
        for start, end, axis, step in zip(starts, ends, axes, steps):
            cut[axis] = slice(start, end, step)
        return x[0][tuple(cut)]
    simple = {
        "Sub": lambda: x[0] - x[1], "Div": lambda: x[0] / x[1], "Relu": lambda: F.relu(x[0]),
        "MatMul": lambda: x[0] @ x[1], "Identity": lambda: x[0],
        "MaxPool": lambda: F.max_pool2d(x[0], a["kernel_shape"], a["strides"]),
        "GlobalAveragePool": lambda: x[0].mean((2, 3), keepdim=True),
        "Flatten": lambda: x[0].flatten(a.get("axis", 1)), "Softmax": lambda: F.softmax(x[0], a.get("axis", -1)),
    }
    if name not in simple:
        raise NotImplementedError(f"operator {name}")
    return simple[name]()
