"""Draws the test images, and prepares them as each source's own code does, with Pillow and numpy."""
import math

import numpy
from PIL import Image, ImageDraw, ImageOps

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def draw(width, height, seed):
    """A picture with slopes and edges in all three channels, so that a shift by one pixel shows in the scores."""
    random = numpy.random.RandomState(seed)
    y, x = numpy.mgrid[0:height, 0:width].astype(float)
    waves = [
        128 + 90 * numpy.sin(x / random.uniform(9, 23) + random.uniform(0, 6)) * numpy.cos(y / random.uniform(9, 23))
        for _ in range(3)
    ]
    steps = numpy.stack(waves, axis=-1).clip(0, 255) // 24 * 24  # Steps compress well.
    image = Image.fromarray(steps.astype(numpy.uint8))
    pen = ImageDraw.Draw(image)
    for _ in range(6):
        left, top = random.randint(0, width * 3 // 4), random.randint(0, height * 3 // 4)
        box = [left, top, left + random.randint(8, width // 3), top + random.randint(8, height // 3)]
        shape = pen.ellipse if random.randint(2) else pen.rectangle
        shape(box, fill=tuple(int(v) for v in random.randint(0, 256, 3)))
    return image


def stretch(image, width, height, resample):
    """Keras' load_img(target_size=...), and Hugging Face with a height and a width."""
    return image.resize((width, height), FILTERS[resample])


def shorter_side(image, side, width, height, resample, offset="round"):
    """torchvision's Resize(side) and CenterCrop; with offset floor, Hugging Face's center_crop."""
    w, h = image.size
    size = (side, int(side * h / w)) if w <= h else (int(side * w / h), side)
    return crop(image.resize(size, FILTERS[resample]), width, height, offset)


def stretch_crop(image, side, width, height, resample, offset="round"):
    """timm's crop_mode squash, and Hugging Face's DeiT: stretches to a square, cuts out the center."""
    return crop(image.resize((side, side), FILTERS[resample]), width, height, offset)


def cover(image, width, height, resample):
    """Teachable Machine: Pillow's ImageOps.fit."""
    return ImageOps.fit(image, (width, height), FILTERS[resample])


def border(image, width, height, resample, color):
    """timm's crop_mode border with crop_pct 1: ResizeKeepRatio(longest=1.0) and CenterCropOrPad."""
    w, h = image.size
    ratio = max(h / height, w / width)
    small = image.resize((round(w / ratio), round(h / ratio)), FILTERS[resample])
    whole = Image.new("RGB", (width, height), color)
    whole.paste(small, ((width - small.width) // 2, (height - small.height) // 2))
    return whole


def crop(image, width, height, offset):
    left, top = ((have - want) / 2 for have, want in ((image.width, width), (image.height, height)))
    left, top = (round(left), round(top)) if offset == "round" else (math.floor(left), math.floor(top))
    return image.crop((left, top, left + width, top + height))


def prepare(image, spec):
    """The tensor [1, channels, height, width] in float64 for the members of a manifest's input."""
    width, height = spec["width"], spec["height"]
    resize = {"mode": "stretch", "filter": "bilinear", **spec.get("resize", {})}
    mode, resample = resize["mode"], resize["filter"]
    if spec.get("channels") == "grey":
        image = image.convert("L")
    if mode == "stretch":
        image = stretch(image, width, height, resample)
    elif mode == "shorter-side":
        image = shorter_side(image, resize["side"], width, height, resample, resize.get("offset", "round"))
    elif mode == "stretch-crop":
        image = stretch_crop(image, resize["side"], width, height, resample, resize.get("offset", "round"))
    elif mode == "cover":
        image = cover(image, width, height, resample)
    else:
        image = border(image, width, height, resample, tuple(resize["colour"]))
    pixels = numpy.asarray(image).astype(numpy.float64).reshape(height, width, -1)
    if spec.get("channels") == "BGR":
        pixels = pixels[:, :, ::-1]
    values = (pixels * spec.get("scale", 1) - numpy.array(spec.get("mean", 0))) / numpy.array(spec.get("std", 1))
    return values.astype(numpy.float32).astype(numpy.float64).transpose(2, 0, 1)[numpy.newaxis]
