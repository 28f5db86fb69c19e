"""Writes PNGs and bitmaps byte by byte, for make_vectors.py: encoders do not make what some files have."""
import struct
import zlib

import numpy as np


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def raw_png(samples, depth, color, interlace=False, extra=b""):
    """PNGs that Pillow cannot write: 16-bit colours, Adam7. Filter types go round, so that each is used."""
    height, width, channels = samples.shape
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    data = b""
    for x0, y0, dx, dy in passes if interlace else [(0, 0, 1, 1)]:
        part = samples[y0::dy, x0::dx]
        if part.shape[0] == 0 or part.shape[1] == 0:
            continue
        raw = part.astype(">u2" if depth == 16 else "u1").tobytes()
        line = part.shape[1] * channels * depth // 8
        step, prior = channels * depth // 8, bytes(line)
        for y in range(part.shape[0]):
            row = raw[y * line : (y + 1) * line]
            data += bytes([y % 5]) + png_filter(y % 5, row, prior, step)
            prior = row
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlace))
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + extra
            + png_chunk(b"IDAT", zlib.compress(data, 9)) + png_chunk(b"IEND", b""))


def png_filter(kind, row, prior, step):
    out = bytearray()
    for i, value in enumerate(row):
        a = row[i - step] if i >= step else 0
        b = prior[i]
        c = prior[i - step] if i >= step else 0
        p = a + b - c
        near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
        out.append((value - [0, a, b, (a + b) // 2, near][kind]) % 256)
    return bytes(out)


def careless_palettes(image):
    """Bitmaps whose palette runs into the pixels, and whose offset of pixels leaves the palette out."""
    width, height = image.size
    colors = [image.getpalette()[i * 3 : i * 3 + 3][::-1] for i in range(32)]
    indices = np.asarray(image)[::-1]
    pixels = b"".join(row.tobytes() + bytes(-width % 4) for row in indices)
    short = b"".join(bytes(color) for color in colors)
    old = struct.pack("<IHHHH", 12, width, height, 1, 8)
    whole = b"".join(bytes(color) + b"\0" for color in colors)
    new = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 0, 0, 2835, 2835, len(colors), 0)
    return (b"BM" + struct.pack("<IHHI", 26 + len(short) + len(pixels), 0, 0, 26 + len(short)) + old + short + pixels,
            b"BM" + struct.pack("<IHHI", 54 + len(whole) + len(pixels), 0, 0, 54) + new + whole + pixels)


def with_wrong_pixel_checksums(png):
    chunks, at = [png[:8]], 8
    while at < len(png):
        end = at + 12 + struct.unpack(">I", png[at : at + 4])[0]
        is_pixels = png[at + 4 : at + 8] == b"IDAT"
        chunks.append(png[at : end - 1] + bytes([png[end - 1] ^ is_pixels]))
        at = end
    return b"".join(chunks)


def without_segment(jpeg, marker):
    at = jpeg.index(marker)
    return jpeg[:at] + jpeg[at + 2 + struct.unpack(">H", jpeg[at + 2 : at + 4])[0] :]


def raw_bmp(depth, compression, masks, values):
    height, width = values.shape
    rows = [row.tobytes() for row in values[::-1]]
    data = b"".join(row + bytes(-len(row) % 4) for row in rows)
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, depth, compression, len(data), 2835, 2835, 0, 0)
    start = 14 + len(header) + len(masks)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + header + masks + data


def top_down(bmp, width, height):
    line = (width * 3 + 3) // 4 * 4
    start = len(bmp) - line * height
    rows = [bmp[start + y * line : start + (y + 1) * line] for y in range(height)]
    return bmp[:22] + struct.pack("<i", -height) + bmp[26:start] + b"".join(reversed(rows))
