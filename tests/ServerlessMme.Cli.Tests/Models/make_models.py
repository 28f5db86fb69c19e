"""Makes the small ONNX files beside it that ModelCheckTests uses. Needs the packages onnx and numpy.

Each takes images of 4 x 4 pixels, [batch, 3, 4, 4] float32, and gives the mean of the first two channels as scores.
"""
import os

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx")


def save(name, batch="batch", softmax=True, operator="GlobalAveragePool", opset=13):
    """Writes one model; the arguments are what is wrong with it."""
    weights = numpy_helper.from_array(numpy.eye(3, 2, dtype=numpy.float32), "weights")
    nodes = [
        helper.make_node(operator, ["input"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["raw" if softmax else "scores"]),
    ]
    if softmax:
        nodes.append(helper.make_node("Softmax", ["raw"], ["scores"], axis=1))
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch, 3, 4, 4])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [batch, 2])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    onnx.save(model, os.path.join(FOLDER, name + ".onnx"))


save("good")
save("without-softmax", softmax=False)
save("one-image", batch=1)
save("unknown-operator", operator="NoSuchOperator")
save("future-opset", opset=99)
