"""Fixtures of the other exporters: tf2onnx, Custom Vision, Teachable Machine, the model zoo, scikit-learn, ML.NET."""
import torch
from onnx import TensorProto

from fixture_base import (
    DIGITS, FLOWERS, PETS, TALL, TORCHVISION, UNIT, ZOO, Fixture, lines)
from fixture_networks import Net, export_custom_vision, export_plain, export_tf2onnx, export_torch


def keras():
    def spec(width, height, scale=UNIT, **members):
        # The images have the size of the input, for a file does not say how Keras resized.
        return {"width": width, "height": height, "layout": "NHWC", "channels": "RGB", "scale": scale, **members}

    f = Fixture("keras-class-names", "keras", FLOWERS, spec(80, 60), image=(80, 60), unsure=["scale"])
    export_tf2onnx(f.net, f.path(), [None, 60, 80, 3], ("input_1", "dense"))
    f.write("class_names.txt", lines(FLOWERS)).finish(inside="softmax")
    f = Fixture("keras-rescaling", "keras", PETS, spec(64, 48, 1), image=(64, 48), inner=UNIT)
    export_tf2onnx(f.net, f.path(), [None, 48, 64, 3], ("rescaling_input", "dense_1"), dense="dense_1",
                   rescaling=(UNIT, 0.0))
    f.write("class_names.txt", lines(PETS)).finish(inside="softmax")
    f = Fixture("keras-rescaling-logits", "keras", FLOWERS, spec(64, 48, 1), image=(64, 48))
    f.tensor = f.tensor / 127.5 - 1
    f.net = Net(3, 5, 99, f.tensor)
    export_tf2onnx(f.net, f.path(), [None, 48, 64, 3], ("input_2", "dense"), "model", activation=None,
                   rescaling=(1 / 127.5, -1.0))
    f.write("class_names.txt", lines(FLOWERS)).finish()
    f = Fixture("keras-sigmoid", "keras", ["dog"], spec(64, 48), "sigmoid", (64, 48), ["scale"])
    f.pair = ["cat", "dog"]
    export_tf2onnx(f.net, f.path(), [None, 48, 64, 3], ("conv2d_input", "dense_1"), dense="dense_1",
                   activation="Sigmoid")
    f.write("class_names.txt", "cat\ndog\n").finish(inside="sigmoid")
    grey = spec(28, 28, channels="grey")
    f = Fixture("keras-three-dimensions", "keras", DIGITS, grey, image=(28, 28), unsure=["scale"])
    del f.input["layout"]
    export_tf2onnx(f.net, f.path("mnist.onnx"), [None, 28, 28], ("flatten_input", "dense"))
    f.write("class_names.txt", lines(DIGITS)).finish(inside="softmax")
    f = Fixture("keras-grey", "keras", DIGITS, spec(28, 28, channels="grey"), image=(28, 28), unsure=["scale"])
    export_tf2onnx(f.net, f.path("mnist.onnx"), [None, 28, 28, 1], ("conv2d_input", "dense"))
    f.write("class_names.txt", lines(DIGITS)).finish(inside="softmax")
    mobile = spec(96, 64, 1 / 127.5, mean=[1, 1, 1])
    f = Fixture("keras-mobilenet-v2", "keras", PETS, mobile, image=(96, 64))
    export_tf2onnx(f.net, f.path(), [None, 64, 96, 3], ("input_1", "predictions"), "mobilenetv2_1.00_224", "Conv1",
                   "predictions")
    f.write("class_names.txt", lines(PETS)).finish(inside="softmax")
    caffe = spec(96, 64, 1, mean=[103.939, 116.779, 123.68])
    f = Fixture("keras-vgg16", "keras", FLOWERS, {**caffe, "channels": "BGR"}, image=(96, 64))
    export_tf2onnx(f.net, f.path(), [None, 64, 96, 3], ("input_1", "predictions"), "vgg16", "block1_conv1",
                   "predictions")
    f.write("class_names.txt", lines(FLOWERS)).finish(inside="softmax")


def custom_vision():
    def manifest(flavor):
        return {"DomainType": "Classification", "Platform": "ONNX", "Flavor": flavor, "ExporterVersion": "2.0",
                "ExportedDate": "2024-01-01T12:00:00.0000000Z", "IterationId": "00000000-0000-0000-0000-000000000000",
                "ModelFileName": "model.onnx", "LabelFileName": "labels.txt",
                "MetadataPropsFileName": "metadata_properties.json", "SchemaVersion": "1.0"}

    def spec(size, scale, channels="RGB"):
        # The sample code calls Image.resize(size), and Pillow's default filter is bicubic.
        return {"width": size, "height": size, "layout": "NCHW", "channels": channels, "scale": scale,
                "resize": {"mode": "stretch", "filter": "bicubic"}}

    def properties(size, method="ClassificationMultiClass"):
        return {"CustomVision.Metadata.AdditionalModelInfo": "", "CustomVision.Metadata.Version": "1.1",
                "CustomVision.Postprocess.Method": method, "CustomVision.Preprocess.CropHeight": "0",
                "CustomVision.Preprocess.CropMethod": "FullImageShorterSide", "CustomVision.Preprocess.CropWidth": "0",
                "CustomVision.Preprocess.NormalizeMean": "[0.0, 0.0, 0.0]",
                "CustomVision.Preprocess.NormalizeStd": "[1.0, 1.0, 1.0]",
                "CustomVision.Preprocess.ResizeMethod": "ByShorterSideAlign32",
                "CustomVision.Preprocess.TargetHeight": str(size), "CustomVision.Preprocess.TargetWidth": str(size),
                **unit}

    bgr = {"Image.BitmapPixelFormat": "Bgr8", "Image.ColorSpaceGamma": "SRGB",
           "Image.NominalPixelRange": "NominalRange_0_255"}
    unit = {"Image.BitmapPixelFormat": "Rgb8", "Image.ColorSpaceGamma": "SRGB",
            "Image.NominalPixelRange": "Normalized_0_1"}
    f = Fixture("custom-vision-compact", "custom-vision", FLOWERS, spec(224, 1, "BGR"), jpeg=True)
    export_custom_vision(f.net, f.path(), 224, labels=FLOWERS, metadata=bgr, batch="None")
    f.write("labels.txt", "\r\n".join(FLOWERS)).write("cvexport.manifest", manifest("ONNX12"))
    f.finish(inside="softmax", zipped=True)
    f = Fixture("custom-vision-s1", "custom-vision", PETS, spec(300, UNIT), image=TALL)
    export_custom_vision(f.net, f.path(), 300, metadata=properties(300))
    f.write("labels.txt", lines(PETS)).write("cvexport.manifest", manifest("ONNX12"))
    f.write("metadata_properties.json", properties(300)).finish(inside="softmax", zipped=True)
    f = Fixture("custom-vision-without-metadata", "custom-vision", FLOWERS, spec(224, UNIT))
    export_custom_vision(f.net, f.path(), 224)
    f.write("labels.txt", lines(FLOWERS)).write("cvexport.manifest", manifest("ONNX12")).finish(inside="softmax")
    f = Fixture("custom-vision-float16", "custom-vision", PETS, spec(224, 1, "BGR"), image=TALL, half=True)
    export_custom_vision(f.net, f.path(), 224, labels=PETS, half=True, metadata=bgr)
    f.write("labels.txt", lines(PETS)).write("cvexport.manifest", manifest("OnnxFloat16")).finish(inside="softmax")
    f = Fixture("custom-vision-multi-label", "custom-vision", ["beach", "boat", "people", "sky"], spec(224, UNIT))
    export_custom_vision(f.net, f.path(), 224, "Sigmoid", metadata=properties(224, "ClassificationMultiLabel"))
    f.write("labels.txt", lines(f.labels)).write("cvexport.manifest", manifest("ONNX12"))
    f.write("metadata_properties.json", properties(224, "ClassificationMultiLabel"))
    f.output["task"] = "multi"
    f.finish(inside="sigmoid")


def teachable_machine():
    spec = {"width": 224, "height": 224, "layout": "NHWC", "channels": "RGB", "scale": 1 / 127.5, "mean": [1, 1, 1],
            "resize": {"mode": "cover", "filter": "lanczos"}}
    labels = ["Cat on a mat", "Dog", "Nothing"]
    f = Fixture("teachable-machine", "teachable-machine", labels, spec)
    export_tf2onnx(f.net, f.path(), [None, 224, 224, 3], ("sequential_1_input", "sequential_3"), "sequential_4",
                   "model1/Conv1", "dense_Dense2")
    f.write("labels.txt", lines(f"{i} {label}" for i, label in enumerate(labels))).finish(inside="softmax")
    f = Fixture("teachable-machine-zip", "teachable-machine", ["Class 1", "Class 2", "Class 3"], spec, image=TALL)
    export_tf2onnx(f.net, f.path("keras_model.onnx"), [None, 224, 224, 3], ("sequential_1_input", "sequential_3"),
                   "sequential_4", "model1/Conv1", "dense_Dense2")
    f.write("labels.txt", "0 Class 1\n1 Class 2\n2 Class 3").finish(inside="softmax", zipped=True)


def model_zoo():
    synsets = ["n01440764", "n01443537", "n01498041", "n01514668", "n01514859", "n01518878"]
    first = [label.split(",")[0] for label in ZOO]
    f = Fixture("zoo-resnet", "onnx-model-zoo", first, TORCHVISION, image=(300, 200), jpeg=True)
    export_plain(f.net, f.path("resnet50-v2-7.onnx"), ["N", 3, 224, 224], ("data", "resnetv24_dense0_fwd"), None)
    f.write("synset.txt", lines(f"{code} {label}" for code, label in zip(synsets, ZOO))).finish()
    # ImageNet has two classes called crane. A manifest refuses a label that is named twice.
    cranes = ["cock", "crane", "hen", "crane"]
    f = Fixture("zoo-two-cranes", "onnx-model-zoo", cranes, TORCHVISION, image=TALL)
    f.labels_known = False
    export_plain(f.net, f.path("mobilenetv2-7.onnx"), ["batch_size", 3, 224, 224], ("input", "output"), None,
                 producer="pytorch", producer_version="1.2")
    codes = ["n01514668", "n02012849", "n01514859", "n03126707"]
    f.write("synset.txt", lines(f"{code} {label}" for code, label in zip(codes, cranes))).finish()
    # The zoo resizes with OpenCV, which has no equal here; the rest of its preprocessing is as in its page.
    spec = {"width": 224, "height": 224, "layout": "NHWC", "channels": "RGB", "scale": 1, "mean": [127] * 3,
            "std": [128] * 3, "resize": {"mode": "shorter-side", "side": 256, "filter": "bilinear", "offset": "floor"}}
    f = Fixture("zoo-efficientnet-lite4", "onnx-model-zoo", ZOO, spec)
    export_plain(f.net, f.path("efficientnet-lite4-11.onnx"), [1, 224, 224, 3], ("images:0", "Softmax:0"),
                 producer="tf2onnx", producer_version="1.7.0")
    f.write("labels_map.txt", {str(i): label for i, label in enumerate(ZOO)}).finish(inside="softmax")


def pipelines():
    # The usual datasets of these programs have the pixels as they are.
    spec = {"width": 40, "height": 32, "layout": "NCHW", "channels": "RGB", "scale": 1}
    skl = {"producer_version": "1.16.0", "domain": "ai.onnx", "model_version": 0}
    f = Fixture("skl2onnx-names", "scikit-learn", PETS, spec, image=(40, 32), unsure=["scale"])
    export_plain(f.net, f.path(), [None, 3, 32, 40], ("X", "output_label", "output_probability"), producer="skl2onnx",
                 zipped=PETS, **skl)
    f.finish(inside="softmax")
    spec = {"width": 28, "height": 28, "channels": "grey", "scale": 1}
    f = Fixture("skl2onnx-digits", "scikit-learn", DIGITS, spec, image=(28, 28), unsure=["scale"])
    export_plain(f.net, f.path("digits.onnx"), [None, 28, 28], ("float_input", "output_label", "output_probability"),
                 producer="skl2onnx", zipped=list(range(10)), **skl)
    f.finish(inside="softmax")
    spec = {"width": 64, "height": 48, "layout": "NCHW", "channels": "RGB", "scale": 1}
    f = Fixture("ml-net", "ml-net", FLOWERS, spec, image=(64, 48), unsure=["scale"])
    export_plain(f.net, f.path(), [1, 3, 48, 64], ("Pixels", "Score.output"), producer="ML.NET",
                 passed="Pixels.output", producer_version="2.0.1.0", domain="machinelearning.dotnet")
    f.output["name"] = "Score.output"
    f.write("labels.txt", lines(FLOWERS)).finish(inside="softmax")


def plain():
    spec = {"width": 64, "height": 48, "layout": "NCHW", "channels": "RGB", "scale": UNIT}
    f = Fixture("plain-uint8", "plain", PETS, {"width": 64, "height": 48, "layout": "NHWC", "channels": "RGB",
                                               "type": "uint8"}, image=(64, 48), inner=UNIT)
    export_plain(f.net, f.path(), ["batch", 48, 64, 3], ("pixels_in", "scores"), type=TensorProto.UINT8, inner=UNIT)
    f.write("labels.txt", lines(PETS)).finish(inside="softmax")
    f = Fixture("plain-int64-scores", "plain", FLOWERS, spec, image=(64, 48), unsure=["scale"])
    export_plain(f.net, f.path(), ["batch", 3, 48, 64], ("image", "votes"), None, score=TensorProto.INT64)
    f.write("labels.txt", lines(FLOWERS)).finish(logits=lambda raw: (raw * 2).round())
    f = Fixture("plain-double-scores", "plain", PETS, spec, image=(64, 48), unsure=["scale"])
    export_plain(f.net, f.path(), ["batch", 3, 48, 64], ("image", "scores"), score=TensorProto.DOUBLE)
    f.write("classes.txt", lines(PETS)).finish(inside="softmax")
    f = Fixture("plain-softmax-inside", "plain", FLOWERS, spec, image=(64, 48), unsure=["scale"])
    export_plain(f.net, f.path("flowers.onnx"), ["batch", 3, 48, 64], ("image", "probabilities"))
    f.write("labels.json", FLOWERS).finish(inside="softmax")
    grey = {"width": 28, "height": 28, "layout": "NCHW", "channels": "grey", "scale": UNIT}
    f = Fixture("plain-log-softmax", "torchvision", DIGITS, grey, image=(28, 28), unsure=["scale"])
    export_torch(f.net, f.path("mnist_cnn.onnx"), (28, 28), tail=torch.nn.LogSoftmax(1))
    f.write("labels.txt", lines(DIGITS)).finish()
    f = Fixture("plain-without-labels", "plain", PETS, spec, image=(64, 48), unsure=["labels", "scale"])
    export_plain(f.net, f.path("unknown.onnx"), ["batch", 3, 48, 64], ("image", "logits"), None)
    f.finish()
