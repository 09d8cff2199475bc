"""Orthographic camera."""

from dataclasses import dataclass

import numpy as np

from optiviz._lib.typing import Array


@dataclass(frozen=True)
class Camera:
    """Orthographic projection to pixels: three directions, a scale, and the pixel of the centre."""

    right: Array
    up: Array
    towards: Array  # from the scene to the camera
    scale: float
    centre: Array

    def pixels(self, points: Array) -> Array:
        """(..., 2) pixels of points (..., 3)."""
        return np.stack([points @ self.right, points @ self.up], axis=-1) * self.scale + self.centre


def camera_axes(elevation: float, azimuth: float) -> tuple[Array, Array, Array]:
    """Right, up and towards the camera, for angles in degrees."""
    e, a = np.radians(elevation), np.radians(azimuth)
    towards = np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])
    right = np.array([-np.sin(a), np.cos(a), 0.0])
    return right, np.cross(towards, right), towards
