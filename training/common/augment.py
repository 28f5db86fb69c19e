"""Random shifts, flips, small rotations and zooms of a whole batch at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass(frozen=True)
class Augmentation:
    """How far images are moved.

    shift: largest shift as a part of the image's size
    rotation: largest rotation in degrees
    zoom: largest change of scale, as a part
    flip: whether left and right may be swapped
    brightness: largest change of brightness, as a part
    rotated: the part of the images that is rotated and zoomed at all. The others move by
        whole pixels only, so that the network also sees images without interpolation's blur.
    """

    shift: float = 0.125
    rotation: float = 12.0
    zoom: float = 0.1
    flip: bool = True
    brightness: float = 0.0
    rotated: float = 0.5

    def __call__(self, images: torch.Tensor, random: torch.Generator) -> torch.Tensor:
        """Takes and returns float32 (images, 3, height, width)."""
        count, _, height, width = images.shape

        def uniform(limit: float) -> torch.Tensor:
            return (torch.rand(count, generator=random) * 2 - 1) * limit

        turned = (torch.rand(count, generator=random) < self.rotated).float()
        angle = uniform(math.radians(self.rotation)) * turned
        scale = 1 + uniform(self.zoom) * turned
        mirror = torch.where(torch.rand(count, generator=random) < 0.5, -1.0, 1.0) if self.flip else torch.ones(count)
        # affine_grid counts from -1 to 1 over the whole size: one pixel is 2 / size.
        right = (uniform(self.shift) * width).round() * 2 / width
        down = (uniform(self.shift) * height).round() * 2 / height

        cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
        rows = [torch.stack([cos * mirror, -sin, right], 1), torch.stack([sin * mirror, cos, down], 1)]
        grid = F.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
        moved = F.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
        if self.brightness:
            moved = moved * (1 + uniform(self.brightness)).view(-1, 1, 1, 1)
        return moved
