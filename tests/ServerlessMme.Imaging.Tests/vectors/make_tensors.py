#!/usr/bin/python3
"""Writes the hash of every image's tensor as Pillow and NumPy make it, for a folder of real images.

    python3 make_tensors.py models/cifar10/model.json FOLDER tensors.txt [tensors.raw]
    PILLOW_TENSORS=tensors.txt dotnet test tests/ServerlessMme.Imaging.Tests --filter PillowTensorTests

The tensor is float32 and worked out in float32 as training code does it: np.asarray(image, np.float32) / 255, less the
mean, over the deviation. Equal tensors in the same ONNX Runtime give equal scores. The file's first line has the folder
and the manifest's input, so that the test needs no more. Several files are separated as in PATH. The other file gets
the tensors themselves, one after the other, for the benchmarks' Node/scores.mjs.
"""
import hashlib
import json
import os
import pathlib
import sys

import numpy as np
from PIL import Image, ImageOps

from make_modes import CROPPED, PRESETS, sized

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"}


def tensor(path, spec):
    with Image.open(path) as image:
        if spec.get("orientation") == "exif":
            image = ImageOps.exif_transpose(image)
        channels = spec.get("channels", "RGB")
        values = np.asarray(sized(image.convert("L" if channels == "grey" else "RGB"), spec)[0])
    values = values[:, :, None] if values.ndim == 2 else values
    values = values[:, :, ::-1] if channels == "BGR" else values
    if spec.get("type") != "uint8":
        scale = spec.get("scale", 1)
        values = values.astype(np.float32)
        values = values / np.float32(255) if abs(scale * 255 - 1) < 1e-12 else values * np.float32(scale)
        if any(spec.get("mean", [])):
            values = values - np.array(spec["mean"], np.float32)
        if any(part != 1 for part in spec.get("std", [])):
            values = values / np.array(spec["std"], np.float32)
    return np.ascontiguousarray(values if spec.get("layout") == "NHWC" else values.transpose(2, 0, 1))


def main(manifest, folder, out, raw=os.devnull):
    members = json.loads(pathlib.Path(manifest).read_text())["input"]
    spec = {**PRESETS.get(members.get("preset"), {}), **members, **members.get("resize", {})}
    if spec.get("mode") in CROPPED:
        spec.setdefault("side", max(spec["width"], spec["height"]))
    if spec.get("decode") == "draft":
        sys.exit("decode: draft is compared by make_modes.py only")
    folder = pathlib.Path(folder).resolve()
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    with open(out, "w") as lines, open(raw, "wb") as tensors:
        lines.write(json.dumps({"folder": str(folder), "input": members}) + "\n")
        for path in files:
            values = tensor(path, spec).tobytes()
            tensors.write(values)
            digest = hashlib.sha256(values).hexdigest()
            lines.write(f"{digest} {path.relative_to(folder).as_posix()}\n")
    print(f"{len(files)} images")


if __name__ == "__main__":
    main(*sys.argv[1:])
