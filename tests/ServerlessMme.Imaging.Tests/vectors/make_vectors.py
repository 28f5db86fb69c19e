#!/usr/bin/python3
"""Makes the reference vectors of ServerlessMme.Imaging with Pillow (Debian 12's: 9.4, libjpeg-turbo 2.1, libwebp 1.2).

    python3 make_vectors.py            # writes beside itself; the result is committed, tests need neither of the two

Needs cjpeg besides (libjpeg-turbo-progs), for JPEGs that Pillow cannot write.

resample.txt   one size pair a line: source width and height, target width and height, then for each filter the hash of
               Image.resize of the pattern below, in colour and in grey
images.json    for each file in images/: hashes of convert("RGB") and convert("L"), or that Pillow refuses it
images/        files of every encoder variant; made from the pattern and gradients, never from anyone's photographs

A hash is the first 16 hexadecimal digits of the SHA-256 of the pixels' bytes, rows from the top, 3 or 1 bytes a pixel.
"""
import hashlib
import io
import json
import pathlib
import struct
import subprocess
import warnings

import numpy as np
from PIL import Image, ImageCms, PngImagePlugin

from raw_files import careless_palettes, png_chunk, raw_bmp, raw_png, top_down, with_wrong_pixel_checksums, without_segment

HERE = pathlib.Path(__file__).parent
FILTERS = ["NEAREST", "BOX", "BILINEAR", "HAMMING", "BICUBIC", "LANCZOS"]
EDGES = [  # up, down, one side only, same size, odd and even, one pixel, very long
    (1, 1, 1, 1), (1, 1, 32, 32), (32, 32, 1, 1), (2, 3, 3, 2), (5, 5, 5, 5), (7, 9, 7, 18), (9, 7, 18, 7),
    (31, 33, 31, 7), (33, 31, 7, 31), (100, 100, 32, 32), (32, 32, 224, 224), (224, 224, 224, 224),
    (640, 480, 32, 32), (640, 480, 224, 224), (480, 640, 299, 299), (1000, 1, 10, 10), (1, 1000, 10, 10),
    (5000, 3, 64, 64), (3, 5000, 64, 64), (333, 500, 224, 149), (1023, 767, 256, 192), (255, 257, 256, 256),
    (4000, 3000, 32, 32), (4000, 3000, 224, 224), (3000, 4000, 299, 301), (3999, 2999, 1001, 777),
]


class Numbers:
    """A generator that stays the same whatever the version of Python."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % limit


def pattern(width, height, channels):
    """Noise with blocks of pure black and white in it, so that filters overshoot. Repeated in C# by the tests."""
    y, x, c = np.mgrid[0:height, 0:width, 0:channels].astype(np.uint32)
    n = (x * np.uint32(73856093)) ^ (y * np.uint32(19349663)) ^ (c * np.uint32(83492791))
    n ^= n >> np.uint32(13)
    n *= np.uint32(0x5BD1E995)
    n ^= n >> np.uint32(15)
    v = n & np.uint32(255)
    v = np.where((x // 7 + y // 5) % 3 == 0, np.where(v < 128, 0, 255), v).astype(np.uint8)
    return Image.fromarray(v if channels == 3 else v[:, :, 0])


def scene(width, height):
    """Gradients with a little noise: compresses as photographs do."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    noise = np.asarray(pattern(width, height, 3)).astype(np.float64) / 16
    r = 255 * x / max(width - 1, 1)
    g = 255 * y / max(height - 1, 1)
    b = 127 + 120 * np.sin(x / 3.0) * np.cos(y / 4.0)
    return Image.fromarray(np.clip(np.dstack([r, g, b]) + noise - 8, 0, 255).astype(np.uint8))


def digest(image):
    return hashlib.sha256(image.tobytes()).hexdigest()[:16]


def size_pairs():
    numbers, pairs = Numbers(8), list(EDGES)
    while len(pairs) < 200:
        limit = [16, 64, 300, 700][len(pairs) % 4]
        pair = tuple(1 + numbers.below(limit) for _ in range(4))
        if pair not in pairs:
            pairs.append(pair)
    return pairs


def write_resample():
    lines = []
    for source_width, source_height, width, height in size_pairs():
        hashes = []
        for channels in (3, 1):
            image = pattern(source_width, source_height, channels)
            hashes += [digest(image.resize((width, height), Image.Resampling[name])) for name in FILTERS]
        lines.append(" ".join([f"{source_width} {source_height} {width} {height}", *hashes]))
    (HERE / "resample.txt").write_text("\n".join(lines) + "\n")


def saved(image, form, **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def swapped_profile():
    """sRGB with red and blue exchanged: a decoder that applies profiles gives other colours."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile[:24] + bytes(12) + profile[36:]  # without the time it was made
    return profile.replace(b"rXYZ", b"tmpX").replace(b"bXYZ", b"rXYZ").replace(b"tmpX", b"bXYZ")


def with_alpha(image):
    y, x = np.mgrid[0 : image.height, 0 : image.width]
    image = image.convert("RGBA")
    image.putalpha(Image.fromarray(((x * 9 + y * 5) % 256).astype(np.uint8)))
    return image


def jpegs():
    base, files = scene(45, 37), {}
    for name, sub in (("444", 0), ("422", 1), ("420", 2)):
        for quality in (50, 75, 90, 100):
            files[f"{name}-q{quality}.jpg"] = saved(base, "JPEG", quality=quality, subsampling=sub)
        for quality in (60, 95):
            files[f"{name}-progressive-q{quality}.jpg"] = saved(
                base, "JPEG", quality=quality, subsampling=sub, progressive=True)
    files["optimised.jpg"] = saved(base, "JPEG", optimize=True)
    for width, height in ((1, 1), (1, 17), (17, 1), (16, 16), (33, 31), (130, 70)):
        files[f"420-{width}x{height}.jpg"] = saved(scene(width, height), "JPEG", quality=85)
    for quality in (50, 90):
        files[f"grey-q{quality}.jpg"] = saved(base.convert("L"), "JPEG", quality=quality)
    files["grey-progressive.jpg"] = saved(base.convert("L"), "JPEG", progressive=True)
    for quality in (75, 95):
        files[f"cmyk-q{quality}.jpg"] = saved(base.convert("CMYK"), "JPEG", quality=quality)
    files["profile.jpg"] = saved(base, "JPEG", icc_profile=swapped_profile())
    for turn in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = turn
        files[f"orientation-{turn}.jpg"] = saved(scene(23, 13), "JPEG", quality=90, exif=exif)
    return files


def jpegs_of_cjpeg():
    """Restart markers, chroma of other sizes, and pixels that are hard on the transform's limits."""
    files = {}
    for name, sample in (("444", "1x1"), ("422", "2x1"), ("420", "2x2"), ("440", "1x2"), ("411", "4x1")):
        files[f"{name}-restart.jpg"] = cjpeg(scene(45, 37), "-sample", sample, "-quality", "85", "-restart", "2B")
        files[f"{name}-noise-q100.jpg"] = cjpeg(pattern(50, 41, 3), "-sample", sample, "-quality", "100")
        files[f"{name}-noise-q8.jpg"] = cjpeg(pattern(50, 41, 3), "-sample", sample, "-quality", "8", "-baseline")
        files[f"{name}-3x5.jpg"] = cjpeg(scene(3, 5), "-sample", sample, "-quality", "90")
        files[f"{name}-5x3.jpg"] = cjpeg(scene(5, 3), "-sample", sample, "-quality", "90")
    files["420-restart-each-row.jpg"] = cjpeg(scene(130, 170), "-sample", "2x2", "-restart", "1", "-optimize")
    files["420-16-bit-tables.jpg"] = cjpeg(scene(45, 37), "-sample", "2x2", "-quality", "2")
    files["grey-restart.jpg"] = cjpeg(scene(45, 37), "-grayscale", "-restart", "3B")
    files["grey-noise.jpg"] = cjpeg(pattern(50, 41, 3), "-grayscale", "-quality", "97")
    return files


def cjpeg(image, *options):
    return subprocess.run(["cjpeg", *options], input=saved(image, "PPM"), capture_output=True, check=True).stdout


def pngs():
    base, files = scene(45, 37), {}
    for colors in (2, 4, 16, 256):
        files[f"palette-{colors}.png"] = saved(base.quantize(colors), "PNG")
    files["palette-alpha.png"] = saved(base.quantize(16), "PNG", transparency=bytes(range(0, 256, 16)))
    files["palette-transparent.png"] = saved(base.quantize(16), "PNG", transparency=3)
    files["bilevel.png"] = saved(base.convert("1"), "PNG")
    files["grey.png"] = saved(base.convert("L"), "PNG")
    files["grey-alpha.png"] = saved(with_alpha(base).convert("LA"), "PNG")
    files["grey-transparent.png"] = saved(base.convert("L"), "PNG", transparency=128)
    files["rgb.png"] = saved(base, "PNG")
    files["rgb-transparent.png"] = saved(base, "PNG", transparency=base.getpixel((3, 4)))
    files["rgba.png"] = saved(with_alpha(base), "PNG")
    gamma = PngImagePlugin.PngInfo()
    gamma.add(b"gAMA", struct.pack(">I", 100000))
    files["gamma.png"] = saved(base, "PNG", pnginfo=gamma)
    files["profile.png"] = saved(base, "PNG", icc_profile=swapped_profile())
    for name, color, channels in (("grey", 0, 1), ("grey-alpha", 4, 2), ("rgb", 2, 3), ("rgba", 6, 4)):
        deep = np.arange(29 * 31 * channels, dtype=np.uint32) * 7919
        deep = (deep % 65536).reshape(29, 31, channels)
        shallow = np.asarray(with_alpha(scene(31, 29)))[:, :, :channels]
        files[f"{name}-16.png"] = raw_png(deep, 16, color)
        files[f"{name}-16-dark.png"] = raw_png(deep % 300, 16, color)
        files[f"{name}-16-interlaced.png"] = raw_png(deep, 16, color, interlace=True)
        files[f"{name}-interlaced.png"] = raw_png(shallow, 8, color, interlace=True)
    files["grey-16-transparent.png"] = raw_png(
        (np.arange(29 * 31) % 512).reshape(29, 31, 1), 16, 0, extra=png_chunk(b"tRNS", struct.pack(">H", 7)))
    files["animated.png"] = saved(base, "PNG", save_all=True, append_images=[scene(45, 37).rotate(90)])
    return files


def others():
    base, files = scene(45, 37), {}
    palette = base.quantize(32)
    files["plain.gif"] = saved(palette, "GIF")
    files["not-interlaced.gif"] = saved(palette, "GIF", interlace=0)
    files["transparent.gif"] = saved(palette, "GIF", transparency=5)
    files["grey.gif"] = saved(base.convert("L"), "GIF")
    files["animated.gif"] = saved(palette, "GIF", save_all=True, append_images=[palette.rotate(180)], duration=50)
    small = bytearray(saved(palette, "GIF"))
    small[6:10] = struct.pack("<HH", 60, 50)
    files["smaller-than-its-screen.gif"] = bytes(small)
    small = bytearray(saved(palette, "GIF", transparency=5))
    small[6:10] = struct.pack("<HH", 60, 50)
    files["transparent-smaller-than-its-screen.gif"] = bytes(small)
    files["lossy.webp"] = saved(base, "WEBP", quality=80)
    files["lossy-q20.webp"] = saved(base, "WEBP", quality=20)
    files["lossless.webp"] = saved(base, "WEBP", lossless=True)
    files["lossy-alpha.webp"] = saved(with_alpha(base), "WEBP", quality=80)
    files["lossless-alpha.webp"] = saved(with_alpha(base), "WEBP", lossless=True, exact=True)
    files["animated.webp"] = saved(base, "WEBP", save_all=True, append_images=[base.rotate(180)], lossless=True)
    files["profile.webp"] = saved(base, "WEBP", lossless=True, icc_profile=swapped_profile())
    files["rgb.bmp"] = saved(base, "BMP")
    files["palette.bmp"] = saved(palette, "BMP")
    files["grey.bmp"] = saved(base.convert("L"), "BMP")
    files["bilevel.bmp"] = saved(base.convert("1"), "BMP")
    files["rgba.bmp"] = saved(with_alpha(base), "BMP")
    exif = Image.Exif()
    exif[0x0112] = 6
    files["orientation-6.png"] = saved(scene(23, 13), "PNG", exif=exif)
    files["orientation-6.webp"] = saved(scene(23, 13), "WEBP", lossless=True, exif=exif)
    files["top-down.bmp"] = top_down(files["rgb.bmp"], 45, 37)
    return files


def crafted():
    """Files that Pillow reads and cannot write; most come from old or careless encoders."""
    base, files = scene(45, 37), {}
    palette = base.quantize(32)
    gif = saved(palette, "GIF")
    colors = 13 + (3 << (gif[10] & 7) + 1)
    frame = gif.index(b",", colors)
    files["larger-than-its-screen.gif"] = gif[:6] + struct.pack("<HH", 30, 20) + gif[10:]
    files["offset.gif"] = (gif[:6] + struct.pack("<HH", 60, 50) + gif[10 : frame + 1]
                           + struct.pack("<HH", 7, 9) + gif[frame + 5 :])
    files["local-palette.gif"] = (gif[:10] + bytes([gif[10] & 0x7F]) + gif[11:13] + gif[colors : frame + 9]
                                  + bytes([0x80 | gif[frame + 9] & 0x40 | gif[10] & 7]) + gif[13:colors]
                                  + gif[frame + 10 :])
    files["no-palette.gif"] = gif[:10] + bytes([gif[10] & 0x7F]) + gif[11:13] + gif[colors:]
    clear = saved(palette, "GIF", transparency=5)
    colors = 13 + (3 << (clear[10] & 7) + 1)
    files["no-palette-transparent.gif"] = clear[:10] + bytes([clear[10] & 0x7F]) + clear[11:13] + clear[colors:]
    jpeg = without_segment(saved(base, "JPEG", quality=90, subsampling=0), b"\xff\xe0")
    files["no-jfif.jpg"] = jpeg
    files["adobe-rgb.jpg"] = jpeg[:2] + b"\xff\xee\x00\x0eAdobe\x00\x64" + bytes(5) + jpeg[2:]
    named = bytearray(jpeg)
    for i, letter in enumerate(b"RGB"):
        named[jpeg.index(b"\xff\xc0") + 10 + 3 * i] = letter
        named[jpeg.index(b"\xff\xda") + 5 + 2 * i] = letter
    files["components-named-rgb.jpg"] = bytes(named)
    files["trailing-bytes.jpg"] = jpeg + b"garbage" * 9
    cmyk = saved(base.convert("CMYK"), "JPEG", quality=90)
    adobe = cmyk.index(b"Adobe")
    files["ycck.jpg"] = cmyk[: adobe + 11] + b"\x02" + cmyk[adobe + 12 :]
    files["cmyk-not-adobe.jpg"] = without_segment(cmyk, b"\xff\xee")
    r, g, b = (np.asarray(base)[:, :, i].astype("<u4") for i in range(3))
    rgb565 = struct.pack("<III", 0xF800, 0x07E0, 0x001F)
    rgb888 = struct.pack("<III", 0xFF0000, 0xFF00, 0xFF)
    files["555.bmp"] = raw_bmp(16, 0, b"", (r >> 3 << 10 | g >> 3 << 5 | b >> 3).astype("<u2"))
    files["565.bmp"] = raw_bmp(16, 3, rgb565, (r >> 3 << 11 | g >> 2 << 5 | b >> 3).astype("<u2"))
    files["32.bmp"] = raw_bmp(32, 0, b"", r << 16 | g << 8 | b)
    files["32-fields.bmp"] = raw_bmp(32, 3, rgb888, r << 16 | g << 8 | b)
    files["no-last-fill.bmp"] = files["555.bmp"][:-2]
    files["os2-short-palette.bmp"], files["offset-without-palette.bmp"] = careless_palettes(palette)
    files["wrong-pixel-checksum.png"] = with_wrong_pixel_checksums(saved(base, "PNG"))
    files["wrong-pixel-checksum-grey-16.png"] = with_wrong_pixel_checksums(pngs()["grey-16.png"])
    files["wrong-pixel-checksum-interlaced.png"] = with_wrong_pixel_checksums(pngs()["rgb-interlaced.png"])
    return files


def described(data):
    entry = {}
    with Image.open(io.BytesIO(data)) as image:
        entry["mode"], entry["size"] = image.mode, list(image.size)
        entry["rgb"] = digest(image.convert("RGB"))
    with Image.open(io.BytesIO(data)) as image:
        entry["grey"] = digest(image.convert("L"))
    return entry


def write_images():
    folder, index = HERE / "images", {}
    for old in folder.iterdir():
        old.unlink()
    for name, data in {**jpegs(), **jpegs_of_cjpeg(), **pngs(), **others(), **crafted()}.items():
        (folder / name).write_bytes(data)
        index[name] = described(data)
    lines = [f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in sorted(index.items())]
    (HERE / "images.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    write_images()
    write_resample()
