"""Hands that show the ten digits of American Sign Language: right hand, palm to the camera.

A hand is a list of limbs (tapering, bent strokes) over a palm. Lengths are in palm widths, with
the origin in the middle of the palm, x to the right and y downwards. The thumb is on the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .backgrounds import Colour, background, colour, gradient
from .camera import photograph

Point = tuple[float, float]
PINKY, RING, MIDDLE, INDEX = range(4)
SIGNS: dict[str, tuple[int, ...]] = {  # the fingers that are up
    "0": (), "1": (INDEX,), "2": (INDEX, MIDDLE), "3": (INDEX, MIDDLE), "4": (PINKY, RING, MIDDLE, INDEX),
    "5": (PINKY, RING, MIDDLE, INDEX), "6": (RING, MIDDLE, INDEX), "7": (PINKY, MIDDLE, INDEX),
    "8": (PINKY, RING, INDEX), "9": (PINKY, RING, MIDDLE),
}
TOUCHED = {"6": PINKY, "7": RING, "8": MIDDLE, "9": INDEX}  # the finger that meets the thumb
KNUCKLES: tuple[Point, ...] = ((-0.38, -0.40), (-0.14, -0.50), (0.12, -0.53), (0.37, -0.46))
LENGTHS = (0.78, 0.98, 1.08, 0.95)
LEANS = (-18.0, -6.0, 3.0, 12.0)  # degrees from upright
WIDTHS = (0.19, 0.22, 0.23, 0.22)
PALM: tuple[Point, ...] = ((-0.40, -0.38), (0.0, -0.50), (0.40, -0.42), (0.42, 0.10), (0.28, 0.62), (-0.26, 0.62),
                           (-0.42, 0.1))
SKINS: tuple[Colour, ...] = ((245, 208, 180), (232, 190, 160), (214, 165, 130), (190, 140, 105),
                             (160, 112, 80), (125, 85, 60), (90, 60, 45))


@dataclass(frozen=True)
class Limb:
    """A stroke along `path`; widths at its two ends; folded limbs have darker edges."""

    path: tuple[Point, ...]
    start: float
    end: float
    folded: bool = False


def draw_hand(random: np.random.Generator, label: str, width: int, height: int) -> Image.Image:
    """One picture of the labelled sign, width x height pixels, RGB."""
    scene = _scene(random, width, height)
    large = scene.resize((width * 2, height * 2))  # drawn at twice the size for smooth edges
    limbs = closed_hand(random) if label == "0" else open_hand(random, label)

    unit = random.uniform(0.29, 0.36) * min(large.size)
    middle = (large.width * random.uniform(0.42, 0.56), large.height * random.uniform(0.6, 0.68))
    if label == "0":
        middle = (large.width * random.uniform(0.4, 0.52), large.height * random.uniform(0.45, 0.6))
    turn = np.deg2rad(random.normal(0, 6))
    placed = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) * unit
    _paint(random, large, limbs, placed, np.array(middle), with_palm=label != "0")
    return photograph(random, large.resize((width, height), Image.BOX))


def open_hand(random: np.random.Generator, label: str) -> list[Limb]:
    """The limbs of signs 1 to 9, those in front last."""
    spread = random.uniform(0.6, 1.5)
    forearm = Limb(((0.0, 0.45), (random.normal(0, 0.1), 2.6)), 0.62, 0.66)
    up, folded = [], []
    for finger, knuckle in enumerate(KNUCKLES):
        wide = WIDTHS[finger] * random.uniform(0.92, 1.08)
        if finger in SIGNS[label]:
            lean = np.deg2rad(LEANS[finger] * spread + random.normal(0, 2.5))
            length = LENGTHS[finger] * random.uniform(0.92, 1.06)
            tip = (knuckle[0] + np.sin(lean) * length, knuckle[1] - np.cos(lean) * length)
            inner = (knuckle[0] * 0.9, knuckle[1] + 0.25)
            up.append(Limb((inner, knuckle, tip), wide * 1.08, wide * 0.82))
        elif TOUCHED.get(label) != finger:
            bent = (knuckle[0] * 0.95, knuckle[1] - random.uniform(0.08, 0.16))
            tip = (knuckle[0] * 0.8 + 0.04, random.uniform(-0.12, 0.0))
            folded.append(Limb((knuckle, bent, tip), wide * 1.1, wide, folded=True))
    return [forearm, *up, *folded, *_thumb(random, label)]


def _thumb(random: np.random.Generator, label: str) -> list[Limb]:
    """The thumb, and the finger it meets if there is one."""
    wide = 0.25 * random.uniform(0.92, 1.08)
    root = (0.28, 0.36)
    dx, dy = random.normal(0, 0.03, 2)
    if label in ("3", "5"):
        return [Limb((root, (0.62 + dx, 0.02 + dy), (0.98 + dx, -0.32 + dy)), wide * 1.25, wide * 0.8)]
    if label not in TOUCHED:
        reach = {"1": 0.08, "2": -0.08, "4": 0.02}[label]
        return [Limb((root, (0.40, 0.02), (reach + dx, -0.12 + dy)), wide * 1.2, wide * 0.85, folded=True)]

    finger = TOUCHED[label]
    knuckle, finger_width = KNUCKLES[finger], WIDTHS[finger]
    if label == "9":  # index finger and thumb make a ring beside the hand
        meet = (0.70 + dx, -0.30 + dy)
        return [Limb((knuckle, (0.60, -0.74), meet), finger_width * 1.1, finger_width * 0.9, folded=True),
                Limb((root, (0.68, 0.06), meet), wide * 1.2, wide * 0.8, folded=True)]
    meet = {"6": (-0.24 + dx, -0.06 + dy), "7": (0.00 + dx, -0.20 + dy), "8": (0.16 + dx, -0.26 + dy)}[label]
    raised = 0.02 if label == "6" else random.uniform(0.12, 0.22)
    bent = (knuckle[0] * 0.95 + 0.03, knuckle[1] - raised)
    return [Limb((knuckle, bent, meet), finger_width * 1.15, finger_width * 0.9, folded=True),
            Limb((root, (0.38, 0.02), (meet[0] + 0.03, meet[1] + 0.05)), wide * 1.2, wide * 0.85, folded=True)]


def closed_hand(random: np.random.Generator) -> list[Limb]:
    """Sign 0 in profile: the fingers lie over each other and make a ring with the thumb."""
    high, far = random.uniform(0.36, 0.46), random.uniform(0.42, 0.54)
    limbs = [Limb(((-0.36, 0.25), (random.normal(-0.45, 0.15), 2.6)), 0.52, 0.6),
             Limb(((-0.40, 0.45), (-0.42, 0.1), (-0.28, -0.25)), 0.50, 0.34)]
    for behind in (0.10, 0.05, 0.0):  # the fingers behind peep out over the one in front
        angles = np.deg2rad(np.linspace(200, 372, 7))
        path = [(0.2 + behind + far * np.cos(a), -0.28 - behind + high * np.sin(a)) for a in angles]
        limbs.append(Limb(tuple(path), 0.27, 0.18, folded=behind < 0.1))
    thumb = ((-0.30, 0.40), (0.10, 0.26), (0.42, 0.20), (0.22 + far * 0.92, -0.12))
    limbs.append(Limb(thumb, 0.34, 0.18, folded=True))
    return limbs


def _paint(random: np.random.Generator, image: Image.Image, limbs: Sequence[Limb], placed: np.ndarray,
           middle: np.ndarray, with_palm: bool) -> None:
    """Draws each limb from its dark rim to its light middle, the palm behind all but the forearm."""
    skin = np.array(colour(random, SKINS[random.integers(len(SKINS))], 10), float)
    tilt = random.uniform(0, 2 * np.pi)
    light = np.array([np.cos(tilt), np.sin(tilt)])
    unit = float(np.hypot(*placed[0]))
    draw = ImageDraw.Draw(image)
    shadow = Image.new("L", image.size)
    shade = ImageDraw.Draw(shadow)
    for limb in limbs:
        _stroke(shade, _curve(limb.path) @ placed.T + middle - light * 0.06 * unit, limb, unit, 1.0, 150)
    image.paste((20, 18, 18), (0, 0), shadow.filter(ImageFilter.GaussianBlur(0.08 * unit)))

    levels = [(1.10, 0.68), (1.0, 0.88), (0.78, 0.97), (0.5, 1.06)]
    for number, limb in enumerate(limbs):
        points = _curve(limb.path) @ placed.T + middle
        rim = 0.55 if limb.folded else 0.8
        for share, bright in levels:
            tone = skin * (rim if share > 1 else bright)
            shifted = points + light * (1 - min(share, 1)) * limb.end * 0.4 * unit
            _stroke(draw, shifted, limb, unit, share, tuple(int(v) for v in np.clip(tone, 0, 255)))
        if number == 0 and with_palm:
            _palm(draw, skin, placed, middle, unit)


def _palm(draw: ImageDraw.ImageDraw, skin: np.ndarray, placed: np.ndarray, middle: np.ndarray, unit: float) -> None:
    """The palm, lighter towards its middle, with two creases."""
    outline = np.array(PALM)
    for share, bright in ((1.05, 0.85), (0.97, 0.93), (0.8, 0.99), (0.55, 1.03)):
        corners = [tuple(p) for p in (outline * share) @ placed.T + middle]
        tone = tuple(int(v) for v in np.clip(skin * bright, 0, 255))
        draw.polygon(corners, fill=tone)
        draw.line([*corners, corners[0]], fill=tone, width=int(0.16 * unit), joint="curve")
    crease = tuple(int(v) for v in skin * 0.78)
    for path in (((-0.36, -0.12), (0.0, -0.16), (0.36, -0.3)), ((0.3, -0.2), (0.02, 0.05), (-0.02, 0.5))):
        draw.line([tuple(p) for p in _curve(path) @ placed.T + middle], fill=crease, width=max(1, int(0.02 * unit)))


def _curve(path: Sequence[Point], steps: int = 24) -> np.ndarray:
    """Points along the path, its corners rounded: (points, 2)."""
    corners = np.array(path, float)
    t = np.linspace(0, len(corners) - 1, steps)
    points = np.stack([np.interp(t, range(len(corners)), corners[:, axis]) for axis in (0, 1)], 1)
    for _ in range(3 if len(corners) > 2 else 0):
        points[1:-1] = (points[:-2] + 2 * points[1:-1] + points[2:]) / 4
    return points


def _stroke(draw: ImageDraw.ImageDraw, points: np.ndarray, limb: Limb, unit: float, share: float,
            tone: Colour | int) -> None:
    """Discs along the points, close enough to each other to make a smooth stroke."""
    fine = np.linspace(0, len(points) - 1, 90)
    x, y = (np.interp(fine, range(len(points)), points[:, axis]) for axis in (0, 1))
    radii = np.linspace(limb.start, limb.end, len(fine)) / 2 * unit * share
    for cx, cy, r in zip(x, y, radii):
        draw.ellipse([cx - r, cy - r, cx + r, cy + r], fill=tone)


def _scene(random: np.random.Generator, width: int, height: int) -> Image.Image:
    """Mostly a light wall, sometimes anything else, paler than the hand."""
    if random.random() < 0.6:
        wall = colour(random, (205, 203, 205), 35)
        return gradient(random, width, height, wall, colour(random, wall, 20))
    scene = background(random, width, height)
    return Image.blend(scene, Image.new("RGB", scene.size, (225, 225, 230)), random.uniform(0.3, 0.7))
