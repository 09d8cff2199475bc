"""Camera moves of a scene: the clip stands while the camera folds the hill, goes near, or turns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Bounds

if TYPE_CHECKING:
    from optiviz.scene.scene import Scene

SEEN_FROM = "landscape3d"  # the panel that has a camera
MOST = 12  # moves of a scene


@dataclass(frozen=True)
class CameraMove:
    """One move of the camera of all hills, in which the clip stands.

    Parameters
    ----------
    at : int
        The step, or the epoch where the scene counts them, at which the clip stops for it.
    move : "fold", "push", "orbit" or "back"
        Up until the hill is its own map, with x to the right and y up; near to a place; around the hill; or
        back to where the camera stood first.
    seconds : float, default 1.5
        How long it takes, in addition to the seconds of the scene, 0.2 to 20.
    to : (x, y), optional
        Where a push goes.
    zoom : float, default 2
        How much larger a push shows things, 1 to 4.
    degrees : float, default 45
        How far an orbit turns, -360 to 360.
    """

    at: int
    move: Literal["fold", "push", "orbit", "back"]
    seconds: Annotated[float, Bounds(low=0.2, high=20.0)] = 1.5
    to: tuple[float, float] | None = None
    zoom: Annotated[float, Bounds(low=1.0, high=4.0)] = 2.0
    degrees: Annotated[float, Bounds(low=-360.0, high=360.0)] = 45.0

    def __post_init__(self) -> None:
        check_settings(self)

    @classmethod
    def made(cls, given: Any) -> Self:
        """From a table of a scene file; one that is made already stays as it is."""
        if not isinstance(given, Mapping):
            return given  # type: ignore[no-any-return]
        to = given.get("to")
        return cls(**{**given, "to": None if to is None else tuple(map(float, to))})


def faults_of_moves(scene: "Scene") -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(where, what is wrong) with the camera moves of a scene."""
    counted, last = ("step", scene.steps) if scene.epochs is None else ("epoch", scene.epochs)
    if scene.camera and not any(panel.name == SEEN_FROM for panel in scene.panels):
        yield ("camera",), f"moves the camera of panel '{SEEN_FROM}', and this scene has none"
    if len(scene.camera) > MOST:
        yield ("camera",), f"a scene has at most {MOST} moves, this one has {len(scene.camera)}"
    for k, move in enumerate(scene.camera):
        if not 0 <= move.at <= last:
            yield ("camera", k, "at"), f"there is no {counted} {move.at}: this scene goes from 0 to {last:,}"
        if (move.to is None) == (move.move == "push"):
            yield ("camera", k, "move"), "a push goes to = [x, y], and no other move does"


__all__ = ["SEEN_FROM", "CameraMove", "faults_of_moves"]
