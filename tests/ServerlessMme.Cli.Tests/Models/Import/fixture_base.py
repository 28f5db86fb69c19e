"""One fixture: its folder, its image, its network, and its expected.json."""
import json
import os
import shutil
import zipfile

import numpy
import torch
from PIL import Image

from fixture_images import draw, prepare
from fixture_networks import Net, activate

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures")
UNIT = 1 / 255
IMAGENET = {"scale": UNIT, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
HALF = {"scale": UNIT, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
TORCHVISION = {"width": 224, "height": 224, "layout": "NCHW", "channels": "RGB", **IMAGENET,
               "resize": {"mode": "shorter-side", "side": 256, "filter": "bilinear"}}
FLOWERS = ["daisy", "dandelion", "rose", "sunflower", "tulip"]
PETS = ["Abyssinian", "Bengal", "Birman", "beagle", "boxer", "pug"]
DIGITS = [str(digit) for digit in range(10)]
ZOO = ["tench, Tinca tinca", "goldfish, Carassius auratus", "stingray", "cock", "hen", "ostrich, Struthio camelus"]
WIDE, TALL = (303, 200), (190, 251)


class Fixture:
    """One folder. The members of `input` say how the image is prepared, and are expected in the manifest."""

    count = 0

    def __init__(self, name, source, labels, input, activation="softmax", image=WIDE, unsure=(), jpeg=False, inner=1.0,
                 half=False):
        Fixture.count += 1
        self.name, self.source, self.labels, self.input = name, source, labels, input
        self.activation, self.unsure, self.output = activation, list(unsure), {}
        self.half, self.labels_known = half, "labels" not in self.unsure
        self.root = os.path.join(FOLDER, name)
        self.folder = os.path.join(self.root, "source")
        os.makedirs(self.folder)
        file = os.path.join(self.root, "image.jpg" if jpeg else "image.png")
        draw(*image, seed=Fixture.count).save(file, **({"quality": 90} if jpeg else {"optimize": True}))
        self.tensor = prepare(Image.open(file).convert("RGB"), input) * inner
        self.net = Net(self.tensor.shape[1], len(labels), Fixture.count, self.tensor)

    def path(self, name="model.onnx"):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        with open(self.path(name), "w", encoding="utf-8", newline="") as file:
            file.write(content if isinstance(content, str) else json.dumps(content, indent=2))
        return self

    def finish(self, inside=None, zipped=False, logits=None):
        """Writes expected.json. Inside is the activation that the graph has already."""
        raw = self.net.logits(self.tensor, torch.float16 if self.half else torch.float32)
        raw = logits(raw) if logits else raw
        scores = activate(raw, inside or self.activation)
        if len(self.labels) == 1:
            self.labels, scores = self.pair, numpy.array([1 - scores[0], scores[0]])
        manifest = {"labels": self.labels} if self.labels_known else {}
        manifest["input"] = self.input
        manifest["output"] = {"activation": "none" if inside else self.activation, **self.output}
        expected = {"source": self.source, "manifest": manifest, "scores": [float(s) for s in scores],
                    "unsure": self.unsure}
        with open(os.path.join(self.root, "expected.json"), "w", encoding="utf-8") as file:
            file.write(json.dumps(expected, indent=1) + "\n")
        if zipped:
            with zipfile.ZipFile(os.path.join(self.root, "source.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
                for entry in sorted(os.listdir(self.folder)):
                    info = zipfile.ZipInfo(entry, (2024, 1, 1, 0, 0, 0))
                    info.compress_type = zipfile.ZIP_DEFLATED
                    with open(self.path(entry), "rb") as file:
                        archive.writestr(info, file.read())
            shutil.rmtree(self.folder)


def size(input):
    return input["height"], input["width"]


def lines(labels):
    return "".join(f"{label}\n" for label in labels)
