"""Camera poses over time, interpolated through the moves of a scene."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optiviz._lib.typing import Array
from optiviz.rendering.surface3d.camera import Camera
from optiviz.scene.camera import CameraMove

FROM_ABOVE, NORTH_UP = 90.0, -90.0  # the angles from which a hill is its own map: x to the right, y up


@dataclass(frozen=True)
class Pose:
    """Two angles in degrees, a zoom, and how far `target` (3,) in the box is pulled to the middle.

    `flat` in [0, 1] is how much of the light is taken away: the bands then have the colours of a map.
    """

    elevation: float
    azimuth: float
    zoom: float = 1.0
    pull: float = 0.0
    target: tuple[float, float, float] = (0.0, 0.0, 0.0)
    flat: float = 0.0


def poses_of(first: Pose, moves: Sequence[CameraMove], box: Callable[[float, float], Array]) -> list[Pose]:
    """The pose before every move, and that after the last; `box` gives a place (x, y) in the box (3,).

    >>> [(one.elevation, one.azimuth) for one in poses_of(Pose(38, 250), [CameraMove(0, "fold")], np.zeros)]
    [(38, 250), (90.0, 270.0)]
    """
    found = [first]
    for move in moves:
        last = found[-1]
        if move.move == "fold":
            turn = (NORTH_UP - last.azimuth + 180) % 360 - 180
            last = replace(
                last, elevation=FROM_ABOVE, azimuth=last.azimuth + turn, zoom=1.0, pull=0.0, flat=1.0
            )
        elif move.move == "push" and move.to is not None:
            x, y, z = box(*move.to).tolist()
            last = replace(last, zoom=move.zoom, pull=1.0, target=(x, y, z))
        elif move.move == "orbit":
            last = replace(last, azimuth=last.azimuth + move.degrees)
        else:
            last = replace(first, target=last.target)
        found.append(last)
    return found


def pose_at(poses: Sequence[Pose], camera: float) -> Pose:
    """The pose when so many moves are done: a move begins and ends at rest.

    >>> pose_at([Pose(40, 0), Pose(90, 60)], 0.25)
    Pose(elevation=47.8125, azimuth=9.375, zoom=1.0, pull=0.0, target=(0.0, 0.0, 0.0), flat=0.0)
    """
    k = min(int(camera), len(poses) - 1)
    u = camera - k
    if u <= 0 or k + 1 >= len(poses):
        return poses[k]
    u = u * u * (3 - 2 * u)
    one, two = poses[k], poses[k + 1]
    begin = two.target if not one.pull else one.target
    way = [a + u * (b - a) for a, b in zip(begin, two.target, strict=True)]

    def part(a: float, b: float) -> float:
        return a + u * (b - a)

    return Pose(
        part(one.elevation, two.elevation),
        part(one.azimuth, two.azimuth),
        part(one.zoom, two.zoom),
        part(one.pull, two.pull),
        (way[0], way[1], way[2]),
        part(one.flat, two.flat),
    )


def near(camera: Camera, pose: Pose, middle: Array) -> Camera:
    """A camera that sees the whole, gone near as the pose says: its target moves to `middle` (2,)."""
    if pose.zoom == 1.0 and pose.pull == 0.0:
        return camera
    target = np.array(pose.target)
    spot = camera.pixels(target)
    spot = spot + pose.pull * (middle - spot)
    scale = camera.scale * pose.zoom
    along = np.array([target @ camera.right, target @ camera.up])
    return replace(camera, scale=scale, centre=spot - scale * along)
