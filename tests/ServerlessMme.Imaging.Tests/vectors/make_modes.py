#!/usr/bin/python3
"""Makes modes.json, the reference vectors of the manifest's ways to bring an image to the input's size, with Pillow.

    python3 make_modes.py              # after make_vectors.py; writes beside itself, the result is committed

Each entry has an image (a file of images/, or "WIDTHxHEIGHT" for the pattern of make_vectors.py), the members of the
manifest's input, and the hash of the tensor that they mean. torchvision is not needed: for Pillow images its Resize and
CenterCrop are calls of Pillow with some arithmetic before, which is repeated here from torchvision 0.20
(transforms/functional.py: _compute_resized_output_size, center_crop). Letterboxing is ImageOps.pad itself, covering
ImageOps.fit. The offset "floor" repeats center_crop of Hugging Face's transformers (image_transforms.py).
"""
import hashlib
import json
import math

import numpy as np
from PIL import Image, ImageOps

from make_vectors import FILTERS, HERE, Numbers, pattern

PRESETS = {
    "unit": dict(scale=1 / 255),
    "torchvision-imagenet": dict(
        scale=1 / 255, mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225], mode="shorter-side", side=256),
    "keras-vgg16": dict(
        scale=1, mean=[103.939, 116.779, 123.68], channels="BGR", layout="NHWC", filter="nearest"),
}


CROPPED = ("shorter-side", "stretch-crop")


def resize_shorter(image, side, method):
    width, height = image.size
    short, long = (width, height) if width <= height else (height, width)
    new_short, new_long = side, int(side * long / short)
    size = (new_short, new_long) if width <= height else (new_long, new_short)
    return image if image.size == size else image.resize(size, method)


def center_crop(image, crop_width, crop_height):
    width, height = image.size
    if crop_width > width or crop_height > height:
        left = (crop_width - width) // 2 if crop_width > width else 0
        top = (crop_height - height) // 2 if crop_height > height else 0
        right = (crop_width - width + 1) // 2 if crop_width > width else 0
        bottom = (crop_height - height + 1) // 2 if crop_height > height else 0
        image = ImageOps.expand(image, (left, top, right, bottom), fill=0)
        width, height = image.size
        if (crop_width, crop_height) == (width, height):
            return image
    top = int(round((height - crop_height) / 2.0))
    left = int(round((width - crop_width) / 2.0))
    return image.crop((left, top, left + crop_width, top + crop_height))


def center_crop_floor(image, crop_width, crop_height):
    """Pads first, the larger half in front, then cuts; both start at a half that is rounded down."""
    values = np.asarray(image)
    height, width = values.shape[:2]
    top, left = (height - crop_height) // 2, (width - crop_width) // 2
    above, before = math.ceil(max(0, crop_height - height) / 2), math.ceil(max(0, crop_width - width) / 2)
    padded = np.zeros((max(height, crop_height), max(width, crop_width), *values.shape[2:]), np.uint8)
    padded[above : above + height, before : before + width] = values
    top, left = top + above, left + before
    return Image.fromarray(padded[top : top + crop_height, left : left + crop_width])


def luma(red, green, blue):
    return Image.new("RGB", (1, 1), (red, green, blue)).convert("L").getpixel((0, 0))


def sized(image, spec):
    """The image at the input's size, and before it the size that it is resized to."""
    size = (spec["width"], spec["height"])
    mode, method = spec.get("mode", "stretch"), Image.Resampling[spec.get("filter", "bilinear").upper()]
    if mode == "stretch":
        return image.resize(size, method), size
    if mode in CROPPED:
        side = spec["side"]
        resized = resize_shorter(image, side, method) if mode == "shorter-side" else image.resize((side, side), method)
        crop = center_crop_floor if spec.get("offset") == "floor" else center_crop
        return crop(resized, *size), resized.size
    if mode == "cover":
        return ImageOps.fit(image, size, method), size
    if mode == "letterbox":
        colour = tuple(spec.get("colour", (0, 0, 0)))
        colour = colour if image.mode == "RGB" else luma(*colour)
        return ImageOps.pad(image, size, method, color=colour), ImageOps.contain(image, size, method).size
    assert image.size == size
    return image, size


def opened(name):
    if "." not in name:
        return pattern(*map(int, name.split("x")), 3)
    return Image.open(HERE / "images" / name)


def tensor(name, spec):
    turn = ImageOps.exif_transpose if spec.get("orientation") == "exif" else lambda image: image
    image = opened(name)
    if spec.get("decode") == "draft" and image.format == "JPEG":
        # What to ask for follows from the size of the image as it is seen.
        seen = turn(opened(name)).size
        wanted = sized(Image.new("RGB", seen), spec)[1]
        image.draft("RGB", wanted if seen == image.size else wanted[::-1])
    image = turn(image)
    channels = spec.get("channels", "RGB")
    image = sized(image.convert("L" if channels == "grey" else "RGB"), spec)[0]
    values = np.asarray(image)
    values = values[:, :, None] if values.ndim == 2 else values
    values = values[:, :, ::-1] if channels == "BGR" else values
    if spec.get("type") != "uint8":
        mean = np.array(spec.get("mean", 0.0), np.float64)
        std = np.array(spec.get("std", 1.0), np.float64)
        values = ((values.astype(np.float64) * spec.get("scale", 1) - mean) / std).astype(np.float32)
    return values if spec.get("layout") == "NHWC" else values.transpose(2, 0, 1)


def entry(name, members):
    """Members are those of the manifest; a preset's and those of resize are laid side by side for Pillow."""
    spec = {**PRESETS.get(members.get("preset"), {}), **members, **members.get("resize", {})}
    if spec.get("mode") in CROPPED:
        spec.setdefault("side", max(spec["width"], spec["height"]))
    data = np.ascontiguousarray(tensor(name, spec)).tobytes()
    return {"image": name, "input": members, "hash": hashlib.sha256(data).hexdigest()[:16]}


def modes():
    numbers = Numbers(9)
    sizes = [(640, 480, 224, 224), (480, 640, 224, 224), (100, 100, 33, 32), (33, 20, 8, 8), (20, 33, 9, 9),
             (7, 5, 32, 32), (1, 9, 4, 4), (300, 2, 16, 16), (2, 300, 16, 15), (31, 31, 31, 31)]
    while len(sizes) < 60:
        sizes.append(tuple(1 + numbers.below([40, 90, 400][len(sizes) % 3]) for _ in range(4)))
    for i, (source_width, source_height, width, height) in enumerate(sizes):
        for mode in ("shorter-side", "letterbox"):
            resize = {"mode": mode, "filter": FILTERS[numbers.below(6)].lower()}
            if mode == "shorter-side" and i % 3:
                resize["side"] = 1 + numbers.below(2 * max(width, height))
            if mode == "letterbox":
                ratio = source_width / source_height
                if min(width / ratio, height * ratio) < 0.6:
                    continue  # ImageOps.contain asks for no pixels at all and fails
                if i % 2:
                    resize["colour"] = [numbers.below(256) for _ in range(3)]
            for channels in ("RGB", "grey"):
                yield f"{source_width}x{source_height}", dict(
                    width=width, height=height, type="uint8", layout="NHWC", channels=channels, resize=resize)


def crops():
    numbers = Numbers(10)
    sizes = [(40, 30, 16, 16), (41, 30, 15, 15), (30, 41, 16, 16), (7, 5, 12, 9), (9, 200, 8, 11), (33, 33, 33, 33)]
    while len(sizes) < 24:
        sizes.append(tuple(1 + numbers.below([30, 60][len(sizes) % 2]) for _ in range(4)))
    for i, (source_width, source_height, width, height) in enumerate(sizes):
        for mode in CROPPED:
            for offset in ("round", "floor"):
                resize = {"mode": mode, "filter": FILTERS[numbers.below(6)].lower(), "offset": offset}
                if i % 4:
                    resize["side"] = 1 + numbers.below(2 * max(width, height))
                yield f"{source_width}x{source_height}", dict(
                    width=width, height=height, type="uint8", layout="NHWC",
                    channels=["RGB", "grey"][numbers.below(2)], resize=resize)


def covers():
    numbers = Numbers(11)
    sizes = [  # nothing to do, whole pixels cut off, half ones, one pixel, thinner than a pixel, very long, large
        (31, 33, 31, 33), (62, 66, 31, 33), (40, 30, 30, 30), (41, 30, 30, 30), (30, 41, 30, 30), (1, 1, 5, 3),
        (5, 3, 1, 1), (1, 500, 40, 3), (500, 1, 3, 40), (65535, 1, 1, 200), (9, 7, 18, 7), (640, 480, 224, 224),
        (333, 500, 299, 149), (2000, 1500, 32, 48)]
    while len(sizes) < 44:
        sizes.append(tuple(1 + numbers.below([40, 90, 400][len(sizes) % 3]) for _ in range(4)))
    for i, (source_width, source_height, width, height) in enumerate(sizes):
        for name in FILTERS:
            yield f"{source_width}x{source_height}", dict(
                width=width, height=height, type="uint8", layout="NHWC", channels=["RGB", "grey"][i % 2],
                resize={"mode": "cover", "filter": name.lower()})


def turned():
    files = [f"orientation-{turn}.jpg" for turn in range(1, 9)] + ["orientation-6.png", "orientation-6.webp"]
    for name in files:
        for orientation in ("stored", "exif"):
            for mode in ("stretch", "shorter-side", "letterbox"):
                yield name, dict(width=11, height=8, type="uint8", layout="NHWC", orientation=orientation,
                                 resize={"mode": mode, "filter": "bicubic"})
        yield name, dict(width=23 if name[12] in "1234" else 13, height=13 if name[12] in "1234" else 23,
                         type="uint8", layout="NHWC", orientation="exif", resize={"mode": "none"})


def drafts():
    names = ["420-130x70.jpg", "420-q75.jpg", "422-q90.jpg", "444-q90.jpg", "444-progressive-q95.jpg", "grey-q90.jpg",
             "420-progressive-q60.jpg", "cmyk-q95.jpg", "420-33x31.jpg", "420-1x17.jpg", "rgb.png",
             "420-restart-each-row.jpg", "422-noise-q100.jpg", "422-5x3.jpg", "420-noise-q8.jpg", "444-noise-q100.jpg",
             "440-restart.jpg", "grey-noise.jpg"]
    for name in names:
        for width, height in ((64, 35), (22, 18), (11, 9), (5, 4), (2, 3)):
            yield name, dict(width=width, height=height, type="uint8", layout="NHWC", decode="draft")
    for name in names[:4]:
        for resize in ({"mode": "cover", "filter": "bicubic"}, {"mode": "stretch-crop", "side": 9, "offset": "floor"}):
            yield name, dict(width=8, height=7, type="uint8", layout="NHWC", decode="draft", resize=resize)
    for turn in (3, 5, 6):
        for mode in ("stretch", "shorter-side", "letterbox"):
            yield f"orientation-{turn}.jpg", dict(
                width=3, height=5, type="uint8", layout="NHWC", decode="draft", orientation="exif",
                resize={"mode": mode})


def presets():
    for name in ("640x480", "100x100", "50x300"):
        for preset in PRESETS:
            yield name, dict(width=224, height=224, preset=preset)
        yield name, dict(width=64, height=48, preset="torchvision-imagenet", channels="grey", mean=[0.4], std=[0.2])
        yield name, dict(width=64, height=48, preset="keras-vgg16", resize={"mode": "letterbox", "filter": "lanczos"})


if __name__ == "__main__":
    entries = [entry(*case) for part in (modes, crops, covers, turned, drafts, presets) for case in part()]
    (HERE / "modes.json").write_text("[\n" + ",\n".join(json.dumps(item) for item in entries) + "\n]\n")
    print(len(entries))
