"""Quality presets: frame size and rate for a first look, for the lecture room, or for a large screen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import unknown
from optiviz.scene.scene import Scene


@dataclass(frozen=True)
class Quality:
    """A quality preset: the box that a frame is scaled to fill, and its highest frame rate.

    Parameters
    ----------
    name : str
    box : (width, height)
        In pixels, of a frame that lies; one that stands fills it upright.
    fps : float or None
        The most frames a second; None for those of the scene.
    grows : bool
        Whether a smaller scene is made larger.
    """

    name: str
    box: tuple[int, int]
    fps: float | None = None
    grows: bool = True


# The index: a letter -> what it stands for.
QUALITIES: Mapping[str, Quality] = MappingProxyType(
    {
        "l": Quality("low", (640, 360), 12.5, grows=False),
        "m": Quality("medium", (960, 540), 20.0, grows=False),
        "h": Quality("high", (1280, 720)),
        "k": Quality("4K", (3840, 2160)),
    }
)


def at_quality(scene: Scene, letter: str) -> Scene:
    """The same scene at another size and frame rate; its shape stays, and both sides are even.

    Parameters
    ----------
    scene : Scene
    letter : "l", "m", "h" or "k"
        Low: at most 640 x 360 and 12.5 frames a second. Medium: at most 960 x 540 and 20. High: 1280 x 720.
        4K: 3840 x 2160. The last two have the scene's own frame rate and make small scenes larger, too.

    Raises
    ------
    BadInput
        For another letter, and when the scene would then be out of its bounds.

    Examples
    --------
    >>> from optiviz.objectives.surface import surface
    >>> from optiviz.optimizers import GD
    >>> bowl = surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    >>> scene = Scene(bowl, {"GD": GD()}, size=(1024, 768))
    >>> [at_quality(scene, letter).size for letter in "lmhk"]
    [(480, 360), (720, 540), (960, 720), (2880, 2160)]
    """
    if letter not in QUALITIES:
        raise unknown("quality", letter, QUALITIES)
    quality = QUALITIES[letter]
    width, height = scene.size
    across, high = quality.box if width >= height else quality.box[::-1]
    share = min(across / width, high / height)
    share = share if quality.grows else min(share, 1.0)
    size = (even(share * width), even(share * height)) if share != 1 else scene.size
    try:
        return replace(scene, size=size, fps=min(scene.fps, quality.fps or scene.fps))
    except BadInput as error:
        raise BadInput(
            f"quality {letter} makes {size[0]} x {size[1]} of {width} x {height}, which cannot be: {error}"
        ) from None


def even(length: float) -> int:
    """The even whole number that is nearest, at least 2; videos have even sides.

    >>> even(480.0), even(514.3), even(2.9)
    (480, 514, 2)
    """
    return max(2, 2 * round(length / 2))
