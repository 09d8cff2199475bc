"""A scene: what is to be seen, before a line of it is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any

import numpy as np

from optiviz.adapters import as_optimizer
from optiviz.errors import BadInput
from optiviz.names import check_settings
from optiviz.nn.network import Network
from optiviz.notation import Array, Bounds, Steps
from optiviz.objectives.base import Objective, replaced
from optiviz.objectives.data import many
from optiviz.objectives.training import Training, rebuilt
from optiviz.run import MAX_RECORD, MAX_STEPS, Comparison, Competitor, minimize, recorded, starting_point
from optiviz.solvers import Scipy
from optiviz.trajectory import Trajectory

FRAME_RATES = (10.0, 12.5, 20.0, 25.0, 100 / 3, 50.0)  # a GIF counts in hundredths of a second
EASES = ("linear", "in", "out", "in-out")
MAX_RUNS = 64
MAX_FRAMES = 3000
MAX_PIXELS = 3840 * 2160
MAX_CLIP = 4_000_000_000  # pixels x frames
MAX_EPOCHS = 100_000
LARGE = 1000  # weights; of a run with more of them, only the path is recorded, and thinned
MAX_ROWS = 601
MAX_PATHS = 544 * 2**20  # bytes, of all large runs together: the whole process then stays below 1 GiB
MAX_PASS = 2**30  # bytes that all rows take on their way through a network


@dataclass(frozen=True)
class Run:
    """One competitor: a rule, and what is special about its circumstances.

    Parameters
    ----------
    optimizer : Optimizer, Scipy or function
    batch_size : int, optional
        Rows that each gradient sees, on problems with data; all of them unless given.
    noise : float, optional
        Standard deviation of the noise on each gradient, on surfaces.
    start : array (P,), optional
        Where it begins, if not where all others do.
    loss : str, mapping or loss, optional
        What it descends, on problems with data, if not the loss of all others.
    layers : sequence of layers, optional
        A network of its own, where the problem is one.
    kernel_initializer : str, mapping or callable, optional
        Of every dense layer, where the problem is a network.
    """

    optimizer: Competitor
    batch_size: int | None = None
    noise: float | None = None
    start: Any = None
    loss: Any = None
    layers: Any = None
    kernel_initializer: Any = None

    def objective(self, objective: Objective) -> Objective:
        """The scene's objective as this run sees it."""
        special = {"batch_size": self.batch_size, "noise": self.noise, "loss": self.loss}
        special = {name: value for name, value in special.items() if value is not None}
        network = self.network(objective)
        if network is not None:
            special |= {"network": network, "start": ()}
        return replaced(objective, **special) if special else objective

    def network(self, objective: Objective) -> Network | None:
        """The network of its own that this run trains; None if it has none."""
        if self.layers is None and self.kernel_initializer is None:
            return None
        if not isinstance(objective, Training):
            raise BadInput("layers and kernel_initializer belong to problems with `layers`")
        return rebuilt(objective.network, self.layers, self.kernel_initializer)

    def steps_per_epoch(self, objective: Objective) -> int:
        """Steps until this run has seen each row of the scene's data once."""
        seen = objective if self.batch_size is None else replaced(objective, batch_size=self.batch_size)
        return int(getattr(seen, "steps_per_epoch", 1))


@dataclass(frozen=True)
class Panel:
    """A picture in the frame, by its name in `optiviz.rendering.panels.PANELS`, with its settings."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Slow:
    """A step that is shown in slow motion, part by part, before the clip goes on.

    Parameters
    ----------
    step : int
        Which one, from 1 to `steps`.
    seconds : float, default 6
        How long it takes, all parts together, 1 to 60.
    """

    step: Steps
    seconds: Annotated[float, Bounds(low=1.0, high=60.0)] = 6.0

    def __post_init__(self) -> None:
        check_settings(self)

    @staticmethod
    def made(given: Any) -> "Slow | None":
        """From a table of a scene file; one that is made already stays as it is."""
        return Slow(**given) if isinstance(given, Mapping) else given


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
        Of every run; with `epochs` those of the run that takes most.
    epochs : int, optional
        Passes over the data of every run, instead of steps: runs with other batches take other steps, and
        see the data equally often.
    seed : int, default 0
        Of the batches and the noise; all runs see the same.
    seconds : float, default 6
        How long the motion lasts.
    hold : float, default 2
        How long the last frame then stands.
    fps : float, default 20
        Frames a second; a rate that GIF does not have becomes the nearest one that it has.
    loop : bool, default True
        Whether an animated picture begins anew when it ends; a video is looped by its player.
    ease : "linear", "in", "out" or "in-out"
        Steady, or slow at the start, the end, or both.
    theme : str, default "light"
    size : (width, height), default (1280, 720)
    slow : Slow, optional
        A step to show in slow motion, in the panels that look inside one (`anatomy`).

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
    loop: bool = True
    ease: str = "linear"
    theme: str = "light"
    size: tuple[int, int] = (1280, 720)
    epochs: int | None = None
    slow: Slow | None = None

    def __post_init__(self) -> None:
        runs = {label: run if isinstance(run, Run) else Run(run) for label, run in self.runs.items()}
        panels = tuple(p if isinstance(p, Panel) else Panel(p) for p in self.panels)
        fps = min(FRAME_RATES, key=lambda rate: abs(rate - self.fps))
        slow = Slow.made(self.slow)
        for name, value in {
            "runs": MappingProxyType(runs), "panels": panels, "fps": fps, "slow": slow,
        }.items():  # fmt: skip
            object.__setattr__(self, name, value)
        for name, problem in self.faults():
            raise BadInput(f"{name}: {problem}")
        if self.epochs is not None:
            if not hasattr(self.objective, "steps_per_epoch"):
                raise BadInput("epochs: counts passes over data, and this problem has none; give steps")
            steps = self.epochs * self.steps_per_epoch
            if steps > MAX_STEPS:
                raise BadInput(
                    f"epochs: {self.epochs:,} epochs of {self.steps_per_epoch:,} steps are {steps:,} steps; "
                    f"the limit is {MAX_STEPS:,}"
                )
            object.__setattr__(self, "steps", steps)
        if slow is not None and slow.step > self.steps:
            raise BadInput(f"slow: there is no step {slow.step:,}: this scene takes {self.steps:,}")
        if slow is not None and not any(p.name == "anatomy" or p.settings.get("anatomy") for p in panels):
            raise BadInput("slow: no panel of this scene looks inside a step; 'anatomy' does")

    @property
    def steps_per_epoch(self) -> int:
        """Steps of the clip in an epoch: those of the run that takes most."""
        return max(run.steps_per_epoch(self.objective) for run in self.runs.values())

    def faults(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it) for all that cannot be; empty for a scene that exists."""
        width, height = self.size
        frames = max(1, round(self.seconds * self.fps)) if np.isfinite(self.seconds * self.fps) else np.inf
        between = {
            "runs": (len(self.runs), 1, MAX_RUNS),
            "panels": (len(self.panels), 1, 6),
            "steps": (self.steps, 1, MAX_STEPS),
            "epochs": (1 if self.epochs is None else self.epochs, 1, MAX_EPOCHS),
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
        slow = Slow.made(self.slow)
        drawn = frames + (round(slow.seconds * self.fps) if slow else 0)
        if not found and drawn > MAX_FRAMES:
            found.append(("seconds", f"{drawn:,} frames are too many; the limit is {MAX_FRAMES:,}"))
        if not found and drawn * width * height > MAX_CLIP:
            giga = drawn * width * height / 1e9
            found.append(("seconds", f"{drawn:,} frames of {width} x {height} are {giga:.1f} gigapixels; "
                                     f"the limit is {MAX_CLIP / 1e9:.0f}"))  # fmt: skip
        return found


@dataclass(frozen=True)
class Recording:
    """What is written down of a run: every so many of its `steps`, with or without its memory."""

    steps: int
    every: int
    memory: bool


def recordings(scene: Scene) -> dict[str, Recording]:
    """How the runs of a scene are recorded.

    A run of up to 1,000 parameters is recorded whole: every step, with gradients and state. Of a larger one
    the path and the losses are, at up to 601 steps evenly spread, and fewer where all large runs together
    would take more than 544 MiB: the largest then get least.

    Raises
    ------
    BadInput
        When this would not fit into memory, with an estimate; nothing is allocated by then.
    """
    steps, sizes = {}, {}
    whole = 0
    for label, run in scene.runs.items():
        share = 1 if scene.epochs is None else run.steps_per_epoch(scene.objective)
        steps[label] = scene.steps if scene.epochs is None else scene.epochs * share
        network = run.network(scene.objective) or getattr(scene.objective, "network", None)
        sizes[label] = int(np.size(scene.objective.start)) if network is None else network.size
        if isinstance(scene.objective, Training) and network is not None:
            check_pass(label, len(scene.objective.X), network)
        if sizes[label] <= LARGE:
            whole += (steps[label] + 1) * sizes[label] * 8 * columns_of(run.optimizer, sizes[label])
    if whole > MAX_RECORD:
        asked = "steps" if scene.epochs is None else "epochs"
        raise BadInput(
            f"{asked}: {scene.steps:,} steps of {many(len(scene.runs), 'run')} would take "
            f"{whole / 2**30:.1f} GiB to record; the limit is {MAX_RECORD / 2**30:.0f} GiB"
        )
    rows = rows_of_large({k: (size, steps[k]) for k, size in sizes.items() if size > LARGE})
    return {
        label: Recording(steps[label], -(-steps[label] // (rows[label] - 1)), False)
        if label in rows
        else Recording(steps[label], 1, True)
        for label in scene.runs
    }


def rows_of_large(runs: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Rows for each of the large runs, (size, steps), so that all paths together stay within `MAX_PATHS`."""
    weights = sum(size for size, _ in runs.values())
    if 24 * weights > MAX_PATHS:
        raise BadInput(
            f"runs: {weights:,} weights would take {24 * weights / 2**20:,.0f} MiB for the start, the first "
            f"and the last place alone; the limit is {MAX_PATHS / 2**20:.0f} MiB - fewer units, or fewer runs"
        )
    found, left, others = {}, MAX_PATHS - 8 * weights, len(runs)
    wanted = {label: min(steps + 1, MAX_ROWS) * size * 8 for label, (size, steps) in runs.items()}
    least = 16 * weights
    for label in sorted(wanted, key=lambda label: wanted[label]):
        size, _ = runs[label]
        least -= 16 * size
        given = min(wanted[label], max(left // others, 16 * size), left - least)
        found[label] = max(given // (8 * size), 2)
        left, others = left - given, others - 1
    return found


def check_pass(label: str, rows: int, network: Network) -> None:
    """Refuse a network through which the rows would not go at once."""
    neurons = sum(network.widths)
    need = 24 * rows * neurons  # sums, activations and their slopes
    if need > MAX_PASS:
        raise BadInput(
            f"runs: {rows:,} rows through the {neurons:,} neurons of '{label}' would take "
            f"{need / 2**30:.1f} GiB; the limit is {MAX_PASS / 2**30:.0f} GiB"
        )


def columns_of(optimizer: Competitor, size: int) -> int:
    """Arrays of `size` numbers that a step of a run writes down: its place, the gradient, its memory."""
    rule = as_optimizer(optimizer)
    if isinstance(rule, Scipy):
        return 2
    theta = np.zeros(size)
    return 2 + len(recorded(rule.init(theta), theta))


def play(scene: Scene) -> Comparison:
    """Let every run of a scene take its steps; nothing is drawn."""
    plans = recordings(scene)
    objectives = {label: run.objective(scene.objective) for label, run in scene.runs.items()}
    trajectories: dict[str, Trajectory] = {}
    times: dict[str, Array] = {}
    for label, plan in plans.items():
        run = scene.runs[label]
        path = minimize(
            objectives[label],
            run.optimizer,
            steps=plan.steps,
            start=run.start,
            seed=scene.seed,
            label=label,
            every=plan.every,
            memory=plan.memory,
        )
        trajectories[label] = path
        times[label] = path.at.astype(float) * scene.steps / plan.steps
    return Comparison(scene.objective, trajectories, objectives, times)


__all__ = ["EASES", "FRAME_RATES", "Array", "Panel", "Run", "Scene", "play", "recordings", "starting_point"]
