"""Scene records: the declaration of a clip, of its runs and of its panels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from optiviz._lib.calls import checked_settings
from optiviz._lib.display import mime_bundle, short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.frozen import frozen
from optiviz._lib.registry import check_settings, unknown
from optiviz._lib.typing import Bounds, Steps
from optiviz.nn.network import Network
from optiviz.objectives.base import Objective, replaced
from optiviz.objectives.fit import Fit
from optiviz.objectives.given import as_objective
from optiviz.objectives.training import Training, rebuilt
from optiviz.optimizers.function import as_optimizer
from optiviz.runs.inputs import labelled
from optiviz.runs.minimize import MAX_STEPS, Competitor
from optiviz.runs.recorded_landscape import RecordedLandscape
from optiviz.scene.camera import CameraMove, faults_of_moves
from optiviz.scene.limits import EASES, EXTENT, LAYOUTS, Extent, no_numbers
from optiviz.scene.panel_names import NAMES
from optiviz.scene.recorded_runs import recorded_runs
from optiviz.scene.tune import Tune, TunedRun
from optiviz.scene.words import Ask, BadWords, Caption, Goal, Mark, faults_of_words

FRAME_RATES = (10.0, 12.5, 20.0, 25.0, 100 / 3, 50.0)  # a GIF counts in hundredths of a second


@checked_settings
@dataclass(frozen=True)
class Run:
    """One run of a scene: its optimizer, and what differs from the scene's defaults.

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
    tune : bool, optional
        Whether its learning rate is tuned; what the scene says unless given.
    """

    optimizer: Competitor
    batch_size: int | None = None
    noise: float | None = None
    start: Any = None
    loss: Any = None
    layers: Any = None
    kernel_initializer: Any = None
    tune: bool | None = None

    def __post_init__(self) -> None:
        rule = as_optimizer(self.optimizer)
        if isinstance(self.optimizer, str):
            object.__setattr__(self, "optimizer", rule)

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


@checked_settings
@dataclass(frozen=True)
class Panel:
    """One panel of the frame: its name in `optiviz.rendering.panels.PANELS`, with its settings.

    Parameters
    ----------
    name : str
    settings : mapping, optional
    each : bool, default False
        One such panel for every run, side by side on the same axes, instead of one for all of them; for
        panels that have a setting `run`.
    weight : float, default 1
        The panels that weigh most are the stage: they get more room than all others together.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    each: bool = False
    weight: Annotated[float, Bounds(low=0.0, high=10.0, open_low=True)] = 1.0

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise unknown("panel", str(self.name), NAMES, "panels")

    def spread(self, labels: Iterable[str]) -> "list[Panel]":
        """The panel itself, or with `each` one for every label.

        >>> [panel.settings for panel in Panel("landscape", each=True).spread(["GD", "Adam"])]
        [{'run': 'GD'}, {'run': 'Adam'}]
        """
        if not self.each:
            return [self]
        return [replace(self, settings={**self.settings, "run": label}, each=False) for label in labels]


@checked_settings
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


@checked_settings
@dataclass(frozen=True)
class Scene:
    """The declaration of a clip. All lengths are in seconds, all sizes in pixels.

    Parameters
    ----------
    objective : Objective or None
        Or the name of a surface. None where no panel shows a problem, as in a scene of curves.
    runs : mapping of str to Run
        By label, in the order of the legend; a bare optimizer, or its name, stands for `Run(optimizer)`, and
        a list is labelled by their names. None at all where no panel shows any.
    panels : sequence of Panel or str, default ("landscape", "loss")
        One to six.
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
    hold : float, default 2.5
        How long the last frame then stands.
    opening : float, default 1.2
        How long the first frame stands before anything moves.
    pauses : sequence of int, default none
        Steps, or with `epochs` epochs, at which the clip may be stopped: each has a frame that shows exactly
        this step.
    pause : float, default 1
        How much longer such a frame stands.
    fps : float, default 20
        Frames a second; a rate that GIF does not have becomes the nearest one that it has.
    loop : bool, default True
        Whether an animated picture begins anew when it ends; a video is looped by its player.
    ease : "arc", "linear", "in", "out" or "in-out", default "arc"
        Time by what is drawn: a long step takes longer than a short one; or steady, or slow at the start,
        the end, or both.
    theme : str, default "light"
    on : "light" or "dark", default "light"
        The slides that the transparent theme is laid over: its ink, and the rim around its type, go by them.
    size : (width, height), default (1280, 720)
    scale_text : float, default 1
        Type so many times as large, for large halls; no larger than the panels have room for.
    layout : str, default ""
        Where the panels stand: "stage", "ravines", "valley" or "trio"; by the panels unless given.
    slow : Slow, optional
        A step to show in slow motion, in the panels that look inside one (`anatomy`).
    captions : sequence of Caption, default none
        What to see now, a line below the title; one to four.
    marks : sequence of Mark, default none
        Words and lines in the panels.
    verdict : str, default ""
        The line on the last frame, with fields filled from the runs; "" has one written from the results, and
        "none" has none.
    camera : sequence of CameraMove, default none
        Moves of the camera of `landscape3d`, in which the clip stands.
    ask : Ask, optional
        A question at which the clip stops, before the answer is seen.
    goal : Goal, optional
        What an arrival is, where no loss says it: `Goal("|y|>1", "out")`.
    poster : int or str, optional
        The step, the epoch or the event of a still; the last one unless given.
    highlight : sequence of str, default none
        Labels of the only runs that wear colours, the others being thin grey lines; all of them unless given,
        and of more than eight seven: the first, the best, the worst, and some that are evenly apart between.
    font : sequence of str, default none
        Families of installed fonts that go before those of the package, such as "Noto Sans CJK SC", or font
        files, such as "fonts/Mine.ttf".
    author : str, default ""
    tune : Tune, optional
        The budget with which learning rates are tuned, before anything is run.
    tuned : mapping of str to TunedRun, optional
        What they were tuned to; made when the scene is played, unless it is there.
    notes : str, default ""
        What to tell the class: it goes into the sidecar and the metadata.

    Raises
    ------
    BadInput
        When a value is out of its bounds, or the clip would be too large; nothing is allocated by then.
    """

    __repr__ = short_repr

    objective: Objective | None = None
    runs: Mapping[str, Any] = field(default_factory=dict)
    panels: Sequence[Any] = (Panel("landscape"), Panel("loss"))
    title: str = ""
    steps: int = 100
    seed: int = 0
    seconds: float = 6.0
    hold: float = 2.5
    opening: float = 1.2
    fps: float = 20.0
    loop: bool = True
    ease: str = "arc"
    theme: str = "light"
    size: tuple[int, int] = (1280, 720)
    epochs: int | None = None
    pauses: tuple[int, ...] = ()
    pause: float = 1.0
    scale_text: float = 1.0
    layout: str = ""
    slow: Slow | None = None
    captions: tuple[Caption, ...] = ()
    marks: tuple[Mark, ...] = ()
    verdict: str = ""
    camera: tuple[CameraMove, ...] = ()
    on: str = "light"
    ask: Ask | None = None
    goal: Goal | None = None
    poster: int | str | None = None
    highlight: tuple[str, ...] = ()
    author: str = ""
    font: tuple[str, ...] = ()
    notes: str = ""
    tune: Tune | None = None
    tuned: Mapping[str, TunedRun] | None = None

    def __post_init__(self) -> None:
        given_runs = labelled(self.runs) or recorded_runs(self.objective)
        runs = {label: run if isinstance(run, Run) else Run(run) for label, run in given_runs.items()}
        one: tuple[Any, ...] = (self.panels,) if isinstance(self.panels, str | Panel) else ()
        given = (p if isinstance(p, Panel) else Panel(p) for p in one or self.panels)
        panels = tuple(part for panel in given for part in panel.spread(runs))
        for name, problem in no_numbers(self):
            raise BadInput(problem, field=name)
        fps = min(FRAME_RATES, key=lambda rate: abs(rate - self.fps))
        settled = {
            "objective": None if self.objective is None else as_objective(self.objective),
            "runs": frozen(runs),
            "panels": panels,
            "fps": fps,
            "pauses": tuple(sorted(set(self.pauses))),
            "slow": Slow.made(self.slow),
            "captions": tuple(map(Caption.made, self.captions)),
            "marks": tuple(map(Mark.made, self.marks)),
            "highlight": (self.highlight,) if isinstance(self.highlight, str) else tuple(self.highlight),
            "camera": tuple(sorted(map(CameraMove.made, self.camera), key=lambda move: move.at)),
            "ask": Ask.made(self.ask),
            "goal": Goal.made(self.goal),
            "tune": Tune.made(self.tune),
            **{name: int(getattr(self, name)) for name in ("steps", "seed")},
        }
        for name, value in settled.items():
            object.__setattr__(self, name, value)
        if isinstance(self.objective, RecordedLandscape):
            self.check_recorded(self.objective)
        if self.on not in ("light", "dark"):
            raise BadInput(f"must be 'light' or 'dark', got {self.on!r}", field="on")
        for name, problem in self.faults():
            raise BadInput(problem, field=name)
        if self.runs and self.objective is None:
            raise BadInput("there is no problem for the runs to descend", field="runs")
        if self.epochs is not None:
            if not hasattr(self.objective, "steps_per_epoch"):
                raise BadInput(
                    "must be left out, as this problem has no data to pass over; give steps", field="epochs"
                )
            steps = self.epochs * self.steps_per_epoch
            if steps > MAX_STEPS:
                raise BadInput(
                    f"{self.epochs:,} epochs of {self.steps_per_epoch:,} steps are {steps:,} steps; "
                    f"the limit is {MAX_STEPS:,}",
                    field="epochs",
                )
            if self.steps not in (type(self).steps, steps):  # a copy of a scene has those of its epochs
                raise BadInput("steps and epochs both say how long the runs take; give one", field="epochs")
            object.__setattr__(self, "steps", steps)
        slow = Slow.made(self.slow)
        if slow is not None and slow.step > self.steps:
            raise BadInput(f"there is no step {slow.step:,}: this scene takes {self.steps:,}", field="slow")
        wrong = [*faults_of_words(self), *faults_of_moves(self)]
        if wrong:
            raise BadWords(wrong)

    def check_recorded(self, recorded: RecordedLandscape) -> None:
        """Hold the runs to those that were recorded, and take their steps."""
        if list(self.runs) != list(recorded.runs):
            known = ", ".join(f"'{label}'" for label in recorded.runs)
            raise BadInput(f"of a recorded problem are those of its files: {known}", field="runs")
        if self.steps not in (type(self).steps, recorded.steps):
            raise BadInput(f"the recorded runs have {recorded.steps:,} steps; leave it out", field="steps")
        object.__setattr__(self, "steps", max(recorded.steps, 1))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The clip, in a notebook."""
        return mime_bundle(self, include, exclude)

    @property
    def steps_per_epoch(self) -> int:
        """Steps of the clip in an epoch: those of the run that takes most."""
        if self.objective is None or not self.runs:
            return int(getattr(self.objective, "steps_per_epoch", 1))
        return max(int(run.steps_per_epoch(self.objective)) for run in self.runs.values())

    @property
    def paused_steps(self) -> dict[int, int]:
        """The step of each pause; they differ where the scene counts epochs."""
        return {pause: pause * self.steps // self.last for pause in self.pauses}

    @property
    def last(self) -> int:
        """The last step, or the last epoch where the scene counts them."""
        return self.steps if self.epochs is None else self.epochs

    def faults(self) -> list[tuple[str, str]]:
        """(field, what is wrong with it) for all that is beyond its limits; empty for a scene that exists."""
        own = {name: getattr(self, name) for name in EXTENT}
        return Extent(**{**own, "runs": len(self.runs), "panels": len(self.panels)}).faults()


def counter(scene: Scene) -> tuple[str, float]:
    """What the title and the axes count, and the steps of the clip in one of it.

    An "epoch" where the scene asks for epochs, or when every step of every run sees all the data.
    """
    if scene.epochs is not None:
        return "epoch", scene.steps / scene.epochs
    whole = isinstance(scene.objective, Fit) and not scene.objective.batch_size
    return "epoch" if whole and not any(run.batch_size for run in scene.runs.values()) else "step", 1.0


__all__ = [
    "EASES",
    "FRAME_RATES",
    "LAYOUTS",
    "Panel",
    "Run",
    "Scene",
    "counter",
]
