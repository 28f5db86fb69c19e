"""Small networks that look like the exports of real frameworks: convolution, ReLU, global mean, dense layer.

Names of nodes, inputs and outputs, producers and metadata are those of the real exporters. Every network also
computes its scores with torch in float64, which are the reference scores.
"""
import numpy
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

STRIDE = 4
FEATURES = 6


class Net(torch.nn.Module):
    """Takes [batch, channels, height, width]; the dense layer is scaled so that the image gets distinct scores."""

    def __init__(self, channels, classes, seed, tensor, kernel=4):
        super().__init__()
        torch.manual_seed(seed)
        self.conv1 = torch.nn.Conv2d(channels, FEATURES, kernel, stride=STRIDE)
        self.fc = torch.nn.Linear(FEATURES, classes)
        with torch.no_grad():
            spread = float(numpy.std(tensor)) or 1.0
            self.conv1.weight.copy_(torch.randn(self.conv1.weight.shape) / (kernel * channels**0.5 * spread))
            self.conv1.bias.copy_(torch.rand(FEATURES) * 0.4)
            self.fc.weight.copy_(torch.randn(self.fc.weight.shape))
            logits = self.double()(torch.from_numpy(tensor))
            self.fc.weight.mul_(1.3 / (logits.std() if classes > 1 else logits.abs().max()))
            self.fc.bias.copy_(torch.randn(classes) * 0.1)
            self.fc.bias.sub_(self(torch.from_numpy(tensor)).mean() if classes > 1 else 0)
        self.float()
        self.tail = None

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        x = torch.flatten(torch.nn.functional.adaptive_avg_pool2d(x, 1), 1)
        x = self.fc(x)
        return x if getattr(self, "tail", None) is None else self.tail(x)

    def logits(self, tensor, type=torch.float32):
        """The logits of one image in float64, with the weights rounded to the type they are saved as."""
        tail, self.tail = self.tail, None
        with torch.no_grad():
            rounded = Net.__new__(Net)
            torch.nn.Module.__init__(rounded)
            rounded.conv1 = torch.nn.Conv2d(self.conv1.in_channels, FEATURES, self.conv1.kernel_size[0], STRIDE)
            rounded.fc = torch.nn.Linear(FEATURES, self.fc.out_features)
            rounded.tail = None
            rounded.load_state_dict({k: v.to(type).float() for k, v in self.state_dict().items()})
            result = rounded.double()(torch.from_numpy(tensor))[0].numpy()
        self.tail = tail
        return result


def activate(logits, activation):
    """Probabilities of logits."""
    if activation == "softmax":
        powers = numpy.exp(logits - logits.max())
        return powers / powers.sum()
    return 1 / (1 + numpy.exp(-logits)) if activation == "sigmoid" else logits


def export_torch(net, path, size, names=("input", "output"), axes=("batch",), opset=13, tail=None):
    """What torch.onnx.export writes. Axes names the free dimensions: batch, or batch, height and width."""
    net.tail = tail
    free = dict(zip((0, 2, 3), axes)) if len(axes) == 3 else dict(enumerate(axes))
    torch.onnx.export(
        net.eval(), torch.zeros(1, net.conv1.in_channels, *size), path,
        input_names=[names[0]], output_names=[names[1]], opset_version=opset,
        dynamic_axes={names[0]: free, names[1]: {0: axes[0]}} if axes else None)


class Graph:
    """Builds a graph node by node, with the names that a converter gives."""

    def __init__(self):
        self.nodes, self.weights = [], []

    def add(self, operator, inputs, output, name=None, domain=None, **attributes):
        self.nodes.append(helper.make_node(
            operator, inputs, [output], name=name or output, domain=domain, **attributes))
        return output

    def weight(self, name, values, type=numpy.float32):
        self.weights.append(numpy_helper.from_array(numpy.ascontiguousarray(values, type), name))
        return name

    def save(self, path, name, inputs, outputs, opset, producer, producer_version="", metadata=None, ml=True,
             **model):
        graph = helper.make_graph(self.nodes, name, inputs, outputs, self.weights)
        opsets = [helper.make_opsetid("", opset)] + ([helper.make_opsetid("ai.onnx.ml", 2)] if ml else [])
        proto = helper.make_model(
            graph, producer_name=producer, producer_version=producer_version, opset_imports=opsets, **model)
        proto.ir_version = 7
        helper.set_model_props(proto, metadata or {})
        onnx.checker.check_model(proto)
        onnx.save(proto, path)


def layers(graph, net, x, prefix="", type=numpy.float32, raw="logits"):
    """The layers of a net over an NCHW tensor."""
    conv = [graph.weight(f"{prefix}conv.{k}", v.detach().numpy(), type) for k, v in net.conv1.named_parameters()]
    x = graph.add("Conv", [x] + conv, f"{prefix}conv_out", strides=[STRIDE, STRIDE])
    x = graph.add("Relu", [x], f"{prefix}relu_out")
    x = graph.add("Flatten", [graph.add("GlobalAveragePool", [x], f"{prefix}pool_out")], f"{prefix}flat_out")
    weight, bias = (graph.weight(f"{prefix}fc.{k}", v.detach().numpy(), type) for k, v in net.fc.named_parameters())
    return graph.add("Gemm", [x, weight, bias], raw, transB=1)


def value(name, shape, type=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, type, shape)


def export_tf2onnx(net, path, shape, names, model="sequential", conv="conv2d", dense="dense", activation="Softmax",
                   rescaling=None):
    """What tf2onnx makes of a Keras model: an NHWC input, a Transpose behind it, layers' names as node names."""
    graph = Graph()
    x = names[0]
    if rescaling:
        scale, offset = (graph.weight(f"{model}/rescaling/{k}", v) for k, v in
                         (("Cast/x:0", rescaling[0]), ("Cast_1/x:0", rescaling[1])))
        x = graph.add("Mul", [x, scale], f"{model}/rescaling/mul:0", f"{model}/rescaling/mul")
        x = graph.add("Add", [x, offset], f"{model}/rescaling/add:0", f"{model}/rescaling/add")
    node = f"{model}/{conv}/Conv2D"
    if len(shape) == 3:
        axes = graph.weight(f"{model}/reshape/Reshape/shape:0", [-1, 1, *shape[1:]], numpy.int64)
        x = graph.add("Reshape", [x, axes], f"{model}/reshape/Reshape:0", f"{model}/reshape/Reshape")
    else:
        x = graph.add("Transpose", [x], f"{node}__6:0", f"{node}__6", perm=[0, 3, 1, 2])
    weights = [graph.weight(f"{node}/{k}:0", v.detach().numpy()) for k, v in
               (("ReadVariableOp", net.conv1.weight), ("BiasAdd", net.conv1.bias))]
    x = graph.add("Conv", [x] + weights, f"{model}/{conv}/BiasAdd:0", f"{model}/{conv}/BiasAdd",
                  strides=[STRIDE, STRIDE])
    x = graph.add("Relu", [x], f"{model}/{conv}/Relu:0", f"{model}/{conv}/Relu")
    x = graph.add("GlobalAveragePool", [x], f"{model}/global_average_pooling2d/Mean:0")
    x = graph.add("Squeeze", [x, graph.weight("const_axes__10", [2, 3], numpy.int64)],
                  f"{model}/global_average_pooling2d/Mean_Squeeze__14:0")
    x = graph.add("MatMul", [x, graph.weight(f"{model}/{dense}/MatMul/ReadVariableOp:0",
                                             net.fc.weight.detach().numpy().T)],
                  f"{model}/{dense}/MatMul:0", f"{model}/{dense}/MatMul")
    x = graph.add("Add", [x, graph.weight(f"{model}/{dense}/BiasAdd/ReadVariableOp:0", net.fc.bias.detach().numpy())],
                  f"{model}/{dense}/BiasAdd:0" if activation else names[1], f"{model}/{dense}/BiasAdd")
    if activation:
        graph.add(activation, [x], names[1], f"{model}/{dense}/{activation}",
                  **({"axis": 1} if activation == "Softmax" else {}))
    batch = ["unk__17"] if shape[0] is None else [shape[0]]
    graph.save(path, "tf2onnx", [value(names[0], batch + shape[1:])],
               [value(names[1], (["unk__18"] if shape[0] is None else batch) + [net.fc.out_features])],
               13, "tf2onnx", "1.16.1 15c810")


def export_custom_vision(net, path, size, activation="Softmax", labels=None, half=False, metadata=None, batch=1):
    """Azure Custom Vision: with labels the older export, classLabel and loss; without, the newer one, model_output."""
    graph = Graph()
    type, element = (numpy.float16, TensorProto.FLOAT16) if half else (numpy.float32, TensorProto.FLOAT)
    logits = layers(graph, net, "data", "model.", type)
    axis = {"axis": 1} if activation == "Softmax" else {}
    inputs, classes = [value("data", [batch, 3, size, size], element)], net.fc.out_features
    if labels is None:
        graph.add(activation, [logits], "model_output", **axis)
        graph.save(path, "main_graph", inputs, [value("model_output", [batch, classes], element)], 12, "pytorch",
                   "1.13.1", metadata, ml=False)
        return
    scores = graph.add(activation, [logits], "probabilities", **axis)
    if half:
        scores = graph.add("Cast", [scores], "probabilities_float", to=TensorProto.FLOAT)
    zip_map(graph, scores, "classLabel", "loss", labels)
    graph.save(path, "customvision", inputs, maps("classLabel", "loss", TensorProto.STRING), 11, "OnnxMLTools",
               "1.6.0", metadata)


def zip_map(graph, scores, label, probability, labels):
    """The label with the highest score, and the scores as maps."""
    strings = isinstance(labels[0], str)
    if strings:
        names = helper.make_tensor("classes", TensorProto.STRING, [len(labels)], [s.encode() for s in labels])
        graph.weights.append(names)
    else:
        graph.weight("classes", labels, numpy.int64)
    best = graph.add("ArgMax", [scores], "best", axis=1, keepdims=0)
    graph.add("Gather", ["classes", best], label)
    key = "classlabels_strings" if strings else "classlabels_int64s"
    graph.add("ZipMap", [scores], probability, "ZipMap", "ai.onnx.ml", **{key: labels})


def maps(label, probability, key):
    """The outputs behind ZipMap."""
    sequence = onnx.ValueInfoProto(name=probability)
    entry = sequence.type.sequence_type.elem_type.map_type
    entry.key_type = key
    entry.value_type.tensor_type.elem_type = TensorProto.FLOAT
    return [value(label, [None], key), sequence]


def export_plain(net, path, shape, names, tail="Softmax", producer="", type=TensorProto.FLOAT, score=None,
                 zipped=None, inner=1.0, passed=None, **model):
    """A graph of another exporter. Inner is a factor inside the graph, score the type that its scores are cast to."""
    graph = Graph()
    x = names[0]
    if type != TensorProto.FLOAT:
        x = graph.add("Cast", [x], "pixels", to=TensorProto.FLOAT)
    if inner != 1.0:
        x = graph.add("Mul", [x, graph.weight("factor", inner)], "scaled")
    if len(shape) == 4 and shape[3] in (1, 3):
        x = graph.add("Transpose", [x], "planes", perm=[0, 3, 1, 2])
    elif len(shape) == 3:
        axes = graph.weight("planes_shape", [-1, 1, *shape[1:]], numpy.int64)
        x = graph.add("Reshape", [x, axes], "planes")
    last = "probabilities" if score or zipped else names[1]
    logits = layers(graph, net, x, raw="logits" if tail else last)
    scores = graph.add(tail, [logits], last, **({} if tail == "Sigmoid" else {"axis": 1})) if tail else logits
    batch, outputs = shape[:1], []
    if score == TensorProto.INT64:
        scaled = graph.add("Mul", [scores, graph.weight("votes_per_logit", 2.0)], "scaled_votes")
        scores = graph.add("Round", [scaled], "whole_votes")
    if score:
        scores = graph.add("Cast", [scores], names[1], to=score)
    if zipped:
        zip_map(graph, scores, names[1], names[2], zipped)
        key = TensorProto.STRING if isinstance(zipped[0], str) else TensorProto.INT64
        outputs = maps(names[1], names[2], key)
    else:
        outputs = [value(names[1], batch + [net.fc.out_features], score or TensorProto.FLOAT)]
    if passed:
        graph.add("Identity", [names[0]], passed)
        outputs.insert(0, value(passed, shape, type))
    graph.save(path, "graph", [value(names[0], shape, type)], outputs, 13, producer, **model)
