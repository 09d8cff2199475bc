"""Hyperparameter tuning with an equal budget: shifted log grids in natural units, starts, and the choice.

All rules get the same trials, starts and steps. A rate is tried in natural units: for rules whose step grows
with the slope a rate of 1 is L^2 / F, for the others L, where L is half the width of the window and F the drop
from start to minimum. The same number then means the same on every surface (measured: the middle 80 % of best
rates span 1.6 decades for gradient descent instead of 2.3).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, State
from optiviz.analysis.many_runs import run_batch, with_settings
from optiviz.objectives.surface import Limits, Surface
from optiviz.optimizers.base import Optimizer

DECADES = 4.0  # that a grid of rates spans
LOWEST = {"slope": -3.5, "step": -3.0}  # log10 of its lowest rate, in natural units
PLAIN_LOWEST = {"slope": -3.0, "step": -4.0}  # where there is no window to measure with
MEMORY_DECADES = 2.0  # 1 - m of a second setting goes from 1 down to 0.01
SPREAD = 0.1  # of the window, to each side of the start
SHARE = 1e-3  # of the drop that is left at the target
PROBED = 10  # steps after which a rule shows whether its step grows with the slope


# ---- natural units


def kind_of_step(rule: Optimizer) -> str:
    """Whether steps of a rule grow with the slope ("slope") or have a length of their own ("step").

    Asked of the rule itself, by two runs down slopes of which one is ten times as steep.

    Examples
    --------
    >>> from optiviz.optimizers import Adam, Momentum
    >>> kind_of_step(Momentum()), kind_of_step(Adam())
    ('slope', 'step')
    """
    lengths = []
    for slope in (1e3, 1e4):
        theta, gradient = np.zeros(2), np.full(2, slope)
        state = rule.init(theta)
        with np.errstate(all="ignore"):
            for _ in range(PROBED):
                before = theta
                theta, state = rule.step(theta, gradient, state)
        lengths.append(float(np.abs(theta - before).max()))
    grows = lengths[1] > np.sqrt(10) * lengths[0]
    return "slope" if grows else "step"


@dataclass(frozen=True)
class Units:
    """The sizes of a problem: half its window L, and its drop F; both 1 where it has no window."""

    length: float = 1.0
    drop: float = 1.0
    plain: bool = True

    def rate(self, kind: str) -> float:
        """The learning rate that is 1 in natural units."""
        return self.length**2 / self.drop if kind == "slope" else self.length

    def lowest(self, kind: str) -> float:
        """log10 of the lowest rate of a grid, in natural units."""
        return (PLAIN_LOWEST if self.plain else LOWEST)[kind]


# ---- trials


def log_grid(trials: int, low: float, seed: int = 0) -> Array:
    """Rates on a log grid of 4 decades from 10**low on (trials,), shifted by chance within its spacing.

    The shift is that of the seed, and so the same for all rules. (At 20 rates such a grid orders rules as
    another draw would with Kendall's tau 0.94, random rates with 0.90.)

    Examples
    --------
    >>> grid = np.log10(log_grid(4, -3.0))
    >>> bool(-3 <= grid[0] < -2), np.diff(grid).round(12).tolist()
    (True, [1.0, 1.0, 1.0])
    """
    shift = np.random.default_rng([seed, 1]).random()
    return np.asarray(10.0 ** (low + (np.arange(trials) + shift) * DECADES / trials))


def sobol_pairs(trials: int, low: float, seed: int = 0) -> tuple[Array, Array]:
    """Rates and second settings by scrambled Sobol points: both (trials,).

    The second one is a memory m in [0, 0.99]: 1 - m is uniform in its logarithm.
    """
    from scipy.stats.qmc import Sobol

    power = max(int(np.ceil(np.log2(trials))), 0)
    points = Sobol(2, scramble=True, rng=np.random.default_rng([seed, 2])).random_base2(power)[:trials]
    return 10.0 ** (low + DECADES * points[:, 0]), 1.0 - 10.0 ** (-MEMORY_DECADES * points[:, 1])


def trial_settings(
    rule: Optimizer, trials: int, units: Units, second: str | None = None, seed: int = 0
) -> dict[str, Array]:
    """The hyperparameters of all trials of a rule by name, each (trials,); of two, the `second` is a memory."""
    kind = kind_of_step(rule)
    low = units.lowest(kind)
    if second is None:
        return {"learning_rate": units.rate(kind) * log_grid(trials, low, seed)}
    rates, memory = sobol_pairs(trials, low, seed)
    return {"learning_rate": units.rate(kind) * rates, second: memory}


# ---- problems


@dataclass(frozen=True)
class Inside:
    """Whether theta (2, N) lies in a domain, for a surface that was turned about `center` too."""

    domain: tuple[Limits, Limits]
    turned: float = 0.0  # radians
    center: tuple[float, float] = (0.0, 0.0)

    def __call__(self, theta: Array) -> NDArray[np.bool_]:
        x, y = turned_back(theta, self.turned, self.center) if self.turned else theta
        (left, right), (low, high) = self.domain
        return (x >= left) & (x <= right) & (y >= low) & (y <= high)  # type: ignore[no-any-return]


def turned_back(theta: Array, angle: float, center: tuple[float, float]) -> Array:
    """Where the points (2, N) of a turned surface lie on the surface itself."""
    (x, y), cos, sin = theta, np.cos(angle), np.sin(angle)
    x, y = x - center[0], y - center[1]
    return np.array([center[0] + cos * x - sin * y, center[1] + sin * x + cos * y])


@dataclass(frozen=True, eq=False)
class Field:
    """Starts on one problem, and what is to be reached from each.

    Parameters
    ----------
    objective : Objective
    starts : array (P, K)
    targets : array (T, K)
        Losses, from the easiest on; the first that is `main` decides.
    inside : callable, optional
        theta (P, N) -> (N,): where else a loss does not count.
    units : Units
    seed : int
        Of batches and noise.
    kept : bool
        Whether a target is met only once the loss stays below it.
    """

    objective: Any
    starts: Array
    targets: Array
    inside: Callable[[Array], NDArray[np.bool_]] | None = None
    units: Units = Units()
    seed: int = 0
    kept: bool = True


def starts_around(objective: Any, count: int, rng: np.random.Generator, spread: float = SPREAD) -> Array:
    """Starts drawn evenly round an objective's own (P, count), never that one itself.

    On a surface within `spread` of the width of the window, and in the domain; elsewhere within `spread` of
    the largest coordinate, of 1 at least.

    Raises
    ------
    BadInput
        When next to no place there has a loss that is a number.
    """
    own = np.asarray(objective.start, dtype=float)
    if isinstance(objective, Surface):
        ends = np.array([objective.xlim, objective.ylim])
        reach, inside = spread * (ends[:, 1] - ends[:, 0]), Inside(objective.domain)
    else:
        reach, inside = np.full(own.shape, spread * max(1.0, float(np.abs(own).max()))), None
    found: list[Array] = []
    for _ in range(100 * count):
        place = own + reach * rng.uniform(-1.0, 1.0, own.shape)
        with np.errstate(all="ignore"):
            good = bool(np.isfinite(objective.value(place)))
        if good and (inside is None or bool(inside(place[:, None])[0])):
            found.append(place)
            if len(found) == count:
                return np.array(found).T
    raise BadInput("the loss is no number at next to all places round the start", field="start")


def surface_field(
    surface: Surface, count: int, rng: np.random.Generator, shares: Sequence[float], spread: float = SPREAD
) -> Field:
    """Starts on a surface; the targets are what is left of the drop to its minimum.

    A surface of which no minimum is known has no targets: the loss at the end then decides.
    """
    starts = starts_around(surface, count, rng, spread)
    begin = surface.value(starts)
    half = 0.25 * (surface.xlim[1] - surface.xlim[0] + surface.ylim[1] - surface.ylim[0])
    if surface.f_min is None:
        spans = np.ptp(begin) or max(abs(float(np.median(begin))), 1.0)
        return Field(surface, starts, np.empty((0, count)), Inside(surface.domain), Units(half, spans, False))
    drops = begin - surface.f_min
    targets = surface.f_min + np.multiply.outer(np.asarray(shares, dtype=float), drops)
    units = Units(half, max(float(np.median(drops)), 1e-300), plain=False)
    return Field(surface, starts, targets, Inside(surface.domain), units)


# ---- what is measured


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Per run: when each target was met, first and for good, and the loss at the end.

    Parameters
    ----------
    at : array (R,)
    targets : array (T, N)
    inside : callable or None
    first, since : array (T, N)
        The first row that meets a target, and the one from which on all do; `len(at)` for none.
    last : array (N,)
        The loss of the last row; inf outside of the domain.
    """

    at: NDArray[np.int64]
    targets: Array
    inside: Callable[[Array], NDArray[np.bool_]] | None
    first: Array
    since: Array
    last: Array

    @staticmethod
    def of(steps: int, targets: Array, inside: Callable[[Array], NDArray[np.bool_]] | None) -> "Arrivals":
        shape = targets.shape
        return Arrivals(
            np.arange(steps + 1),
            targets,
            inside,
            np.full(shape, steps + 1.0),
            np.zeros(shape),
            np.empty(shape[1]),
        )

    def columns(self, block: slice) -> "Arrivals":
        targets, first, since = (a[:, block] for a in (self.targets, self.first, self.since))
        return replace(self, targets=targets, first=first, since=since, last=self.last[block])

    def emptied(self, count: int) -> "Arrivals":
        return Arrivals.of(
            len(self.at) - 1, np.broadcast_to(self.targets[:, :1], (len(self.targets), count)), self.inside
        )

    def fill(self, block: slice, part: "Arrivals") -> None:
        self.first[:, block], self.since[:, block] = part.first, part.since
        self.last[block] = part.last

    def write(self, row: int, theta: Array, loss: Array, gradient: Array, state: State) -> None:
        good = np.isfinite(loss) if self.inside is None else self.inside(theta) & np.isfinite(loss)
        met = (loss <= self.targets) & good
        np.copyto(self.since, row + 1, where=~met)
        np.copyto(self.first, row, where=met & (self.first > row))
        if row == len(self.at) - 1:
            self.last[:] = np.where(good, loss, np.inf)


@dataclass(frozen=True, eq=False)
class Trials:
    """What became of all trials of a rule from all starts.

    Parameters
    ----------
    settings : mapping of str to array (B,)
    times : array (T, B, K)
        Steps until each target is met, 1 at least; inf where it is not.
    last : array (B, K)
        The loss at the end; inf where the run was lost, or outside of the domain.
    """

    settings: Mapping[str, Array]
    times: Array
    last: Array

    def best(self, target: int = 0) -> int:
        """The trial that is chosen: the least median time over the starts.

        Where no trial serves the median start, the one that serves most; then, and where there is no target,
        the one that ends with the lowest median loss.
        """
        ends = np.median(self.last, axis=1)
        if not len(self.times):
            return int(np.argmin(ends))
        times = self.times[target]
        served = np.isfinite(times).sum(axis=1)
        return int(np.lexsort((ends, -served, np.median(times, axis=1)))[0])

    def working(self, target: int = 0) -> NDArray[np.bool_]:
        """Which trials serve the median start (B,); without a target, which are not lost there."""
        if not len(self.times):
            return np.isfinite(np.median(self.last, axis=1))
        return np.isfinite(np.median(self.times[target], axis=1))

    def chosen(self, target: int = 0) -> dict[str, float]:
        """The settings of the trial that is chosen."""
        best = self.best(target)
        return {name: float(values[best]) for name, values in self.settings.items()}


def run_trials(rule: Optimizer, fields: Sequence[Field], settings: Mapping[str, Array], steps: int) -> Trials:
    """Run a rule with all settings from all starts of all fields; they go side by side in one array.

    Parameters
    ----------
    rule : Optimizer
    fields : sequence of Field
        With equally many targets.
    settings : mapping of str to array (B,)
    steps : int
    """
    count = len(next(iter(settings.values())))
    times, last = [], []
    for field in fields:
        starts = field.starts.shape[1]
        each = with_settings(rule, {name: np.repeat(values, starts) for name, values in settings.items()})
        theta = np.tile(field.starts, count)
        watch = Arrivals.of(steps, np.tile(field.targets, count), field.inside)
        lost = run_batch(field.objective, each, theta, watch, field.seed) >= 0
        found = np.maximum(watch.since if field.kept else watch.first, 1.0)
        found[found > steps] = np.inf
        if field.kept:
            found[:, lost] = np.inf
        times.append(found.reshape(-1, count, starts))
        last.append(np.where(lost, np.inf, watch.last).reshape(count, starts))
    return Trials(dict(settings), np.concatenate(times, axis=2), np.concatenate(last, axis=1))


def tune(
    rule: Optimizer,
    fields: Sequence[Field],
    *,
    trials: int = 20,
    steps: int = 500,
    second: str | None = None,
    seed: int = 0,
) -> Trials:
    """All trials of a rule with a budget; `.chosen()` are the settings that it gets.

    Parameters
    ----------
    rule : Optimizer
        Its other settings stay as they are.
    fields : sequence of Field
        The first has the units.
    trials : int, default 20
    steps : int, default 500
    second : str, optional
        A memory such as `momentum` or `beta_1` that is tuned together with the rate; 64 trials are then
        what 20 are for one setting.
    seed : int, default 0
        Of the grid's shift.

    Examples
    --------
    >>> from optiviz.objectives.surfaces import surfaces
    >>> from optiviz.optimizers import GD
    >>> bowl = surfaces["sphere"]
    >>> field = surface_field(bowl, 8, np.random.default_rng(0), [1e-3])
    >>> found = tune(GD(), [field], steps=50)
    >>> bool(0.3 < found.chosen()["learning_rate"] < 0.7)  # 1 / curvature is 0.5
    True
    """
    return run_trials(rule, fields, trial_settings(rule, trials, fields[0].units, second, seed), steps)
