"""Fixtures that torch.onnx.export writes: torchvision, timm, and Hugging Face (optimum)."""
import onnx

from fixture_base import FLOWERS, HALF, IMAGENET, PETS, TALL, TORCHVISION, UNIT, WIDE, Fixture, lines, size
from fixture_networks import export_torch


def torchvision():
    f = Fixture("torchvision-labels", "torchvision", FLOWERS, TORCHVISION, jpeg=True)
    export_torch(f.net, f.path("flowers.onnx"), (224, 224))
    f.write("labels.txt", lines(FLOWERS)).finish()
    animals = ["tiger cat", "golden retriever", "hen", "brown bear", "zebra", "ox", "otter", "red fox"]
    f = Fixture("torchvision-imagenet-classes", "torchvision", animals, TORCHVISION, image=TALL)
    export_torch(f.net, f.path("resnet18.onnx"), (224, 224), opset=11)
    f.write("imagenet_classes.txt", "\n".join(animals)).finish()
    f = Fixture("torchvision-without-labels", "torchvision", FLOWERS, TORCHVISION, unsure=["labels"])
    export_torch(f.net, f.path("classifier.onnx"), (224, 224))
    f.finish()
    f = Fixture("torchvision-fixed-batch", "torchvision", PETS, TORCHVISION, image=TALL)
    export_torch(f.net, f.path("pets.onnx"), (224, 224), axes=())
    f.write("labels.txt", lines(PETS)).finish(zipped=True)


def timm():
    def config(size, **members):
        return {"tag": "a1_in1k", "custom_load": False, "input_size": [3, size, size], "fixed_input_size": False,
                "pool_size": [7, 7], "first_conv": "conv1", "classifier": "fc", **members}

    def fixture(name, labels, size, resize, numbers, image=WIDE, **members):
        spec = {"width": size, "height": size, "layout": "NCHW", "channels": "RGB", **numbers, "resize": resize}
        f = Fixture(name, "timm", labels, spec, image=image)
        export_torch(f.net, f.path(members.pop("file", "model.onnx")), (size, size), ("input0", "output0"))
        return f, config(size, mean=numbers["mean"], std=numbers["std"], **members)

    f, cfg = fixture("timm-hub", FLOWERS, 224, {"mode": "shorter-side", "side": 256, "filter": "bicubic"}, IMAGENET,
                     interpolation="bicubic", crop_pct=0.875, crop_mode="center", num_classes=5)
    f.write("config.json", {"architecture": "resnet18", "num_classes": 5, "num_features": 512, "global_pool": "avg",
                            "label_names": FLOWERS, "pretrained_cfg": cfg}).finish()
    f, cfg = fixture("timm-flat", PETS, 160, {"mode": "shorter-side", "side": 168, "filter": "bilinear"}, IMAGENET,
                     TALL, interpolation="bilinear", crop_pct=0.95, crop_mode="center", file="resnet50.onnx")
    f.write("config.json", {"architecture": "resnet50", "num_classes": 6, "num_features": 2048, "labels": PETS,
                            **cfg}).finish()
    f, cfg = fixture("timm-squash", PETS, 224, {"mode": "stretch", "filter": "bicubic"}, HALF,
                     interpolation="bicubic", crop_pct=1.0, crop_mode="squash")
    f.write("config.json", {"architecture": "vit_base_patch16_224", "num_classes": 6, "num_features": 768,
                            "label_names": {str(i): name for i, name in enumerate(PETS)},
                            "pretrained_cfg": cfg}).finish()
    f, cfg = fixture("timm-squash-crop", FLOWERS, 224, {"mode": "stretch-crop", "side": 248, "filter": "bicubic"},
                     IMAGENET, TALL, interpolation="bicubic", crop_pct=0.9, crop_mode="squash")
    f.write("config.json", {"architecture": "beit_base_patch16_224", "num_classes": 5, "num_features": 768,
                            "label_names": FLOWERS, "pretrained_cfg": cfg}).finish()
    # The height is one where Pillow's ImageOps.pad and timm round the place of the image alike.
    bars = {"mode": "letterbox", "filter": "bicubic", "colour": [124, 116, 104]}
    f, cfg = fixture("timm-border", FLOWERS, 224, bars, IMAGENET, (300, 201),
                     interpolation="bicubic", crop_pct=1.0, crop_mode="border")
    f.write("config.json", {"architecture": "convnext_tiny", "num_classes": 5, "num_features": 768,
                            "label_names": FLOWERS, "pretrained_cfg": cfg}).finish(zipped=True)


def hugging_face():
    def fixture(name, labels, width, resize, architecture, processor, numbers=IMAGENET, image=WIDE, height=None,
                activation="softmax", axes=("batch_size", "height", "width"), **config):
        spec = {"width": width, "height": height or width, "layout": "NCHW", "channels": "RGB", **numbers,
                "resize": resize}
        f = Fixture(name, "hugging-face", labels, spec, activation, image)
        export_torch(f.net, f.path(), size(spec), ("pixel_values", "logits"), axes, opset=11)
        f.write("config.json", {
            "architectures": [f"{architecture}ForImageClassification"], "model_type": architecture.lower(),
            "id2label": {str(i): label for i, label in enumerate(labels)},
            "label2id": {label: i for i, label in enumerate(labels)}, "num_channels": 3, "torch_dtype": "float32",
            "transformers_version": "4.40.0", **config})
        normal = {"do_normalize": "mean" in numbers, "image_mean": numbers.get("mean", [0.5] * 3),
                  "image_std": numbers.get("std", [0.5] * 3)}
        f.write("preprocessor_config.json", {
            "do_rescale": True, "do_resize": True, "rescale_factor": UNIT, **normal, **processor})
        return f

    vit = {"image_processor_type": "ViTImageProcessor", "resample": 2, "size": {"height": 224, "width": 224}}
    square = {"mode": "stretch", "filter": "bilinear"}
    floor = {"mode": "shorter-side", "side": 256, "filter": "bicubic", "offset": "floor"}
    fixture("hf-vit", FLOWERS, 224, square, "ViT", vit, HALF, image_size=224).finish()
    fixture("hf-convnext", PETS, 224, floor, "ConvNext", {
        "image_processor_type": "ConvNextImageProcessor", "crop_pct": 0.875, "resample": 3,
        "size": {"shortest_edge": 224}}, image_size=224).finish()
    fixture("hf-convnext-384", FLOWERS, 384, {"mode": "stretch", "filter": "bicubic"}, "ConvNext", {
        "feature_extractor_type": "ConvNextFeatureExtractor", "image_processor_type": "ConvNextImageProcessor",
        "crop_pct": None, "resample": 3, "size": {"shortest_edge": 384}}, image=TALL).finish()
    fixture("hf-deit", PETS, 224, {"mode": "stretch-crop", "side": 256, "filter": "bicubic"}, "DeiT", {
        "image_processor_type": "DeiTImageProcessor", "do_center_crop": True, "resample": 3,
        "crop_size": {"height": 224, "width": 224}, "size": {"height": 256, "width": 256}}, image=TALL).finish()
    f = fixture("hf-resnet-legacy", FLOWERS, 224, floor, "ResNet", {})
    f.write("preprocessor_config.json", {
        "crop_pct": 0.875, "do_normalize": True, "do_resize": True,
        "feature_extractor_type": "ConvNextFeatureExtractor", "image_mean": IMAGENET["mean"],
        "image_std": IMAGENET["std"], "resample": 3, "size": 224}).finish(zipped=True)
    fixture("hf-mobilenet-v2", PETS, 224, {**floor, "filter": "bilinear"}, "MobileNetV2", {
        "image_processor_type": "MobileNetV2ImageProcessor", "do_center_crop": True, "resample": 2,
        "crop_size": {"height": 224, "width": 224}, "size": {"shortest_edge": 256}}, HALF,
        axes=("batch_size",)).finish()
    fixture("hf-without-normalize", FLOWERS, 224, square, "ViT", vit, {"scale": UNIT}, TALL).finish()
    f = fixture("hf-multi-label", ["person", "bicycle", "car", "dog"], 224, square, "ViT", vit, HALF,
                activation="sigmoid", problem_type="multi_label_classification")
    f.output["task"] = "multi"
    f.finish()
    fixture("hf-dynamic-size", PETS, 192, {"mode": "stretch", "filter": "bicubic"}, "Beit", {
        "image_processor_type": "BeitImageProcessor", "do_center_crop": False, "resample": 3,
        "crop_size": {"height": 224, "width": 224}, "size": {"height": 160, "width": 192}}, HALF, height=160).finish()
    f = fixture("hf-external-data", FLOWERS, 224, {"mode": "stretch", "filter": "bicubic"}, "Swin",
                {**vit, "resample": 3}, image=TALL)
    model = onnx.load(f.path())
    onnx.save_model(model, f.path(), save_as_external_data=True, location="model.onnx_data", size_threshold=64)
    f.finish()
