"""Limits of a scene: what its lengths, counts and sizes may be, checked before anything is allocated."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np

from optiviz.objectives.data import many
from optiviz.runs.minimize import MAX_STEPS

EASES = ("arc", "linear", "in", "out", "in-out")
LAYOUTS = ("stage", "ravines", "valley", "trio")  # by name; "" is by the panels
FONT_FILES = (".ttf", ".otf", ".ttc")  # an entry of `font` that ends so is a file, not a family
MAX_RUNS = 64
MAX_FRAMES = 3000  # with those that a video repeats while a pause stands
MAX_PAUSES = 100
TYPE_SCALES = (0.5, 3.0)
MAX_PIXELS = 3840 * 2160
MAX_CLIP = 4_000_000_000  # pixels x frames
MAX_EPOCHS = 100_000


class Lasting(Protocol):
    """Slow motion or a camera move, as far as it makes a clip longer."""

    @property
    def seconds(self) -> float: ...


@dataclass(frozen=True)
class Extent:
    """The settings of a scene that have limits; `runs` and `panels` are counts, the rest is as in `Scene`.

    Any values can be in it: it says which of them cannot be.

    Examples
    --------
    >>> known = dict(runs=1, panels=2, steps=0, epochs=None, seed=0, seconds=6.0, hold=2.5, opening=1.2,
    ...              pause=1.0, pauses=(), fps=20.0, ease="arc", layout="", size=(1280, 720),
    ...              scale_text=1.0, slow=None)
    >>> Extent(**known).faults()
    [('steps', 'must be from 1 to 1,000,000, got 0')]
    """

    runs: int
    panels: int
    steps: int
    epochs: int | None
    seed: int
    seconds: float
    hold: float
    opening: float
    pause: float
    pauses: tuple[int, ...]
    fps: float
    ease: str
    layout: str
    size: tuple[int, int]
    scale_text: float
    slow: Lasting | None
    camera: Sequence[Lasting] = ()

    def faults(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it) for all that cannot be; empty where nothing is."""
        width, height = self.size
        frames = max(1, round(self.seconds * self.fps)) if np.isfinite(self.seconds * self.fps) else np.inf
        between = {
            "runs": (self.runs, 0, MAX_RUNS),
            "panels": (self.panels, 1, 6),
            "steps": (self.steps, 1, MAX_STEPS),
            "epochs": (1 if self.epochs is None else self.epochs, 1, MAX_EPOCHS),
            "seed": (self.seed, 0, 2**63 - 1),
            "seconds": (self.seconds, 0.1, 600),
            "hold": (self.hold, 0, 60),
            "opening": (self.opening, 0, 60),
            "pause": (self.pause, 0, 60),
            "scale_text": (self.scale_text, *TYPE_SCALES),
            "size": (min(width, height), 120, 8192),
        }
        found = [
            (name, f"must be from {low:,} to {high:,}, got {value:,}")
            if name not in ("runs", "panels")
            else (name, f"a scene has from {low} to {high} {name}, this one has {value}")
            for name, (value, low, high) in between.items()
            if not low <= value <= high
        ]
        if self.ease not in EASES:
            found.append(("ease", f"must be one of {', '.join(EASES)}, got '{self.ease}'"))
        if self.layout and self.layout not in LAYOUTS:
            found.append(("layout", f"must be one of {', '.join(LAYOUTS)}, got '{self.layout}'"))
        if not found and width * height > MAX_PIXELS:
            found.append(("size", f"{width} x {height} is larger than 4K (3840 x 2160)"))
        extra = [*([self.slow] if self.slow else []), *self.camera]
        drawn = frames + sum(round(part.seconds * self.fps) for part in extra)
        if not found and drawn > MAX_FRAMES:
            found.append(("seconds", f"{drawn:,} frames are too many; the limit is {MAX_FRAMES:,}"))
        if not found and drawn * width * height > MAX_CLIP:
            giga = drawn * width * height / 1e9
            found.append(("seconds", f"{drawn:,} frames of {width} x {height} are {giga:.1f} gigapixels; "
                                     f"the limit is {MAX_CLIP / 1e9:.0f}"))  # fmt: skip
        return found or self.faults_of_pauses(max(2, int(frames)), int(drawn))

    def faults_of_pauses(self, frames: int, drawn: int) -> list[tuple[str, str]]:
        """What is wrong with the pauses of a clip that moves for so many frames, `drawn` with slow motion."""
        counted, last = "step" if self.epochs is None else "epoch", self.epochs or self.steps
        broken = [pause for pause in self.pauses if not isinstance(pause, int | np.integer)]
        if broken:
            return [("pauses", f"must be whole numbers, got {broken[0]!r}")]
        beyond = [pause for pause in self.pauses if not 0 <= pause <= last]
        if beyond:
            return [("pauses", f"there is no {counted} {beyond[0]:,}: this scene goes from 0 to {last:,}")]
        count, inside = len(self.pauses), len(set(self.pauses) - {0, last})
        if count > MAX_PAUSES:
            return [("pauses", f"a scene has at most {MAX_PAUSES} pauses, this one has {count:,}")]
        if inside > frames - 2:
            need = f"{inside} pauses between start and end need {inside + 2} frames"
            return [("pauses", f"{need}, this clip has {frames}; give it more seconds")]
        standing = round(count * self.pause * self.fps)
        pixels = (drawn + standing) * self.size[0] * self.size[1]
        if drawn + standing > MAX_FRAMES or pixels > MAX_CLIP:
            need = f"{many(count, 'pause')} of {self.pause:g} s are {standing:,} more frames of a video"
            limit = min(MAX_FRAMES, MAX_CLIP // (self.size[0] * self.size[1]))
            return [("pause", f"{need}, beside the {drawn:,} that move; the limit is {limit:,} in all")]
        return []


EXTENT = tuple(field.name for field in fields(Extent))


WHOLE = ("steps", "seed", "epochs")
NUMBERS = ("seconds", "hold", "opening", "pause", "fps", "scale_text")


def no_numbers(scene: Any) -> list[tuple[str, str]]:
    """(field, what is wrong with it) for the settings of a scene that must be numbers and are none."""
    found = []
    for name in (*WHOLE, *NUMBERS):
        value = getattr(scene, name)
        if name == "epochs" and value is None:
            continue
        number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
        if not number or (name in WHOLE and value != np.floor(value)):
            kind = "a whole number" if name in WHOLE else "a number"
            found.append((name, f"must be {kind}, got {value!r:.80}"))
    size = scene.size
    if not isinstance(size, tuple | list) or [*map(type, size)] != [int, int]:
        found.append(("size", f"must be two whole numbers, (width, height), got {size!r:.80}"))
    return found
