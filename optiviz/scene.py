"""A scene: what is to be seen, before a line of it is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from optiviz.errors import BadInput
from optiviz.notation import Array
from optiviz.objectives.base import Objective, replaced
from optiviz.optimizers.base import Optimizer
from optiviz.run import MAX_STEPS, Comparison, minimize, starting_point

FRAME_RATES = (10.0, 12.5, 20.0, 25.0, 100 / 3, 50.0)  # a GIF counts in hundredths of a second
EASES = ("linear", "in", "out", "in-out")
MAX_RUNS = 64
MAX_FRAMES = 3000
MAX_PIXELS = 3840 * 2160
MAX_CLIP = 4_000_000_000  # pixels x frames


@dataclass(frozen=True)
class Run:
    """One competitor: a rule, and what is special about its circumstances.

    Parameters
    ----------
    optimizer : Optimizer
    batch_size : int, optional
        Rows that each gradient sees, on problems with data; all of them unless given.
    noise : float, optional
        Standard deviation of the noise on each gradient, on surfaces.
    start : array (P,), optional
        Where it begins, if not where all others do.
    """

    optimizer: Optimizer
    batch_size: int | None = None
    noise: float | None = None
    start: Any = None

    def objective(self, objective: Objective) -> Objective:
        """The scene's objective as this run sees it."""
        special = {"batch_size": self.batch_size, "noise": self.noise}
        special = {name: value for name, value in special.items() if value is not None}
        return replaced(objective, **special) if special else objective


@dataclass(frozen=True)
class Panel:
    """A picture in the frame, by its name in `optiviz.rendering.panels.PANELS`, with its settings."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """Everything a clip is made of. All lengths are in seconds, all sizes in pixels.

    Parameters
    ----------
    objective : Objective
    runs : mapping of str to Run
        By label, in the order of the legend; a bare optimizer stands for `Run(optimizer)`.
    panels : sequence of Panel or str, default ("landscape", "loss")
    title : str
    steps : int, default 100
        Of every run.
    seed : int, default 0
        Of the batches and the noise; all runs see the same.
    seconds : float, default 6
        How long the motion lasts.
    hold : float, default 2
        How long the last frame then stands.
    fps : float, default 20
        Frames a second; a rate that GIF does not have becomes the nearest one that it has.
    ease : "linear", "in", "out" or "in-out"
        Steady, or slow at the start, the end, or both.
    theme : str, default "light"
    size : (width, height), default (1280, 720)

    Raises
    ------
    BadInput
        When a value is out of its bounds, or the clip would be too large; nothing is allocated by then.
    """

    objective: Objective
    runs: Mapping[str, Run]
    panels: tuple[Panel, ...] = (Panel("landscape"), Panel("loss"))
    title: str = ""
    steps: int = 100
    seed: int = 0
    seconds: float = 6.0
    hold: float = 2.0
    fps: float = 20.0
    ease: str = "linear"
    theme: str = "light"
    size: tuple[int, int] = (1280, 720)

    def __post_init__(self) -> None:
        runs = {label: run if isinstance(run, Run) else Run(run) for label, run in self.runs.items()}
        panels = tuple(p if isinstance(p, Panel) else Panel(p) for p in self.panels)
        fps = min(FRAME_RATES, key=lambda rate: abs(rate - self.fps))
        for name, value in {"runs": MappingProxyType(runs), "panels": panels, "fps": fps}.items():
            object.__setattr__(self, name, value)
        for name, problem in self.faults():
            raise BadInput(f"{name}: {problem}")

    def faults(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it) for all that cannot be; empty for a scene that exists."""
        width, height = self.size
        frames = max(1, round(self.seconds * self.fps)) if np.isfinite(self.seconds * self.fps) else np.inf
        between = {
            "runs": (len(self.runs), 1, MAX_RUNS),
            "panels": (len(self.panels), 1, 6),
            "steps": (self.steps, 1, MAX_STEPS),
            "seed": (self.seed, 0, 2**63 - 1),
            "seconds": (self.seconds, 0.1, 600),
            "hold": (self.hold, 0, 60),
            "size": (min(width, height), 120, 8192),
        }
        found = [
            (name, f"must be from {low:,} to {high:,}, got {value:,}")
            if name not in ("runs", "panels")
            else (name, f"a scene has from {low} to {high} of them, this one has {value}")
            for name, (value, low, high) in between.items()
            if not low <= value <= high
        ]
        if self.ease not in EASES:
            found.append(("ease", f"must be one of {', '.join(EASES)}, got '{self.ease}'"))
        if not found and width * height > MAX_PIXELS:
            found.append(("size", f"{width} x {height} is larger than 4K (3840 x 2160)"))
        if not found and frames > MAX_FRAMES:
            found.append(("seconds", f"{frames:,} frames are too many; the limit is {MAX_FRAMES:,}"))
        if not found and frames * width * height > MAX_CLIP:
            giga = frames * width * height / 1e9
            found.append(("seconds", f"{frames:,} frames of {width} x {height} are {giga:.1f} gigapixels; "
                                     f"the limit is {MAX_CLIP / 1e9:.0f}"))  # fmt: skip
        return found


def play(scene: Scene) -> Comparison:
    """Let every run of a scene take its steps; nothing is drawn."""
    trajectories = {
        label: minimize(
            run.objective(scene.objective),
            run.optimizer,
            steps=scene.steps,
            start=run.start,
            seed=scene.seed,
            label=label,
        )
        for label, run in scene.runs.items()
    }
    return Comparison(scene.objective, trajectories)


__all__ = ["EASES", "FRAME_RATES", "Array", "Panel", "Run", "Scene", "play", "starting_point"]
