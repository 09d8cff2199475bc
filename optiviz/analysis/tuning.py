"""Hyperparameter tuning with an equal budget: shifted log grids in natural units, starts, and the choice.

All rules get the same trials, starts and steps. A rate is tried in natural units: for rules whose step grows
with the slope a rate of 1 is L^2 / F, for the others L, where L is half the width of the window and F the
drop from start to minimum. The same number then means the same on every surface (measured: the middle 80 % of
best rates span 1.6 decades for gradient descent instead of 2.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.typing import Array
from optiviz.analysis.many_runs import run_batch, with_settings
from optiviz.analysis.outcomes import lowest_loss, watched
from optiviz.objectives.fit import Fit
from optiviz.objectives.surface import Surface
from optiviz.optimizers.base import Optimizer

DECADES = 4.0  # that a grid of rates spans
LOWEST = {"slope": -3.5, "step": -3.0}  # log10 of its lowest rate, in natural units
PLAIN_LOWEST = {"slope": -3.0, "step": -4.0}  # where there is no window to measure with
MEMORY_DECADES = 2.0  # 1 - m of a second setting goes from 1 down to 0.01
SOBOL_BITS = 30
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


def units_of(objective: Any, starts: Array, lowest: float | None) -> Units:
    """The units of a problem and its starts (P, K); `lowest` is its least loss, None where none is known.

    A network or a fit has no window, and its rates are taken as they are.
    """
    if not isinstance(objective, Surface):
        return Units()
    sides = np.ptp(np.array([objective.xlim, objective.ylim]), axis=1)
    with np.errstate(all="ignore"):
        begin = np.asarray(objective.value(starts), dtype=float)
    drop = float(np.median(begin - lowest)) if lowest is not None else float(np.ptp(begin))
    return Units(0.25 * float(sides.sum()), drop if np.isfinite(drop) and drop > 0 else 1.0, plain=False)


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
    """Rates and second settings by digitally shifted Sobol points: both (trials,).

    The second one is a memory m in [0, 0.99]: 1 - m is uniform in its logarithm.
    """
    shift = np.random.default_rng([seed, 2]).integers(0, 2**SOBOL_BITS, 2)
    points = (sobol_integers(trials) ^ shift) / 2.0**SOBOL_BITS
    return 10.0 ** (low + DECADES * points[:, 0]), 1.0 - 10.0 ** (-MEMORY_DECADES * points[:, 1])


def sobol_integers(count: int) -> NDArray[np.int64]:
    """The first points of Sobol's sequence in the plane (count, 2), times 2**30.

    Bit j of the number of a point brings in the j-th direction: of the first axis 1/2, 1/4, ..., of the
    second those of the polynomial x + 1, of which each is the one before, exclusive-or its half.

    Examples
    --------
    >>> (sobol_integers(4) / 2**30).tolist()
    [[0.0, 0.0], [0.5, 0.5], [0.25, 0.75], [0.75, 0.25]]
    """
    numbers, found = np.arange(count), np.zeros((count, 2), dtype=np.int64)
    across = up = 1 << (SOBOL_BITS - 1)
    for j in range(max(count - 1, 1).bit_length()):
        set_here = (numbers >> j) & 1
        found ^= set_here[:, None] * np.array([across, up])
        across, up = across >> 1, up ^ (up >> 1)
    return found


def trial_settings(
    rule: Optimizer, trials: int, units: Units, second: str | None = None, seed: int = 0
) -> dict[str, Array]:
    """The hyperparameters of all trials by name, each (trials,); the `second` of two is a memory."""
    kind = kind_of_step(rule)
    low = units.lowest(kind)
    if second is None:
        return {"learning_rate": units.rate(kind) * log_grid(trials, low, seed)}
    rates, memory = sobol_pairs(trials, low, seed)
    return {"learning_rate": units.rate(kind) * rates, second: memory}


# ---- the choice


@dataclass(frozen=True, eq=False)
class Trials:
    """What became of all trials of a rule from all starts.

    Parameters
    ----------
    settings : mapping of str to array (B,)
    times : array (B, K)
        Steps until the target is met, 1 at least; inf where it is not.
    last : array (B, K)
        The loss at the end; inf where the run was lost, or left the domain.
    """

    settings: Mapping[str, Array]
    times: Array
    last: Array

    @property
    def best(self) -> int:
        """The trial that is chosen: the least median time over the starts.

        Where no trial serves the median start, the one that serves most; then the one that ends with the
        lowest median loss.
        """
        served = np.isfinite(self.times).sum(axis=1)
        ends = np.median(self.last, axis=1)
        return int(np.lexsort((ends, -served, np.median(self.times, axis=1)))[0])

    @property
    def working(self) -> NDArray[np.bool_]:
        """Which trials meet the target from the median start (B,)."""
        return np.isfinite(np.median(self.times, axis=1))

    @property
    def at_edge(self) -> bool:
        """Whether the rate that is chosen is the lowest or the highest that was tried."""
        rates = self.settings.get("learning_rate", np.empty(0))
        return bool(len(rates) and rates[self.best] in (rates.min(), rates.max()))

    @property
    def chosen(self) -> dict[str, float]:
        """The settings of the trial that is chosen."""
        return {name: float(values[self.best]) for name, values in self.settings.items()}


def times_of(arrived: NDArray[Any]) -> Array:
    """Steps of arrival, -1 for never, as times: 1 at least, inf for never."""
    return np.where(arrived < 0, np.inf, np.maximum(arrived, 1.0))


def loss_at_end(objective: Any, columns: Mapping[str, NDArray[Any]]) -> Array:
    """The last losses (N,) of a block, inf where the run was lost or is outside of the domain."""
    bad = (columns["stopped_at"] >= 0) | ~np.isfinite(columns["loss"])
    if isinstance(objective, Surface):
        bad |= ~objective.contains(np.array([columns["x"], columns["y"]]))
    return np.where(bad, np.inf, columns["loss"])


def tune(
    rule: Optimizer,
    objective: Any,
    starts: Array,
    *,
    trials: int = 20,
    steps: int = 500,
    share: float = 1e-3,
    second: str | None = None,
    seed: int = 0,
    shift: int | None = None,
    units: Units | None = None,
    lowest: float | None = None,
) -> Trials:
    """All trials of a rule from all starts; `.chosen` are the settings that it gets.

    Parameters
    ----------
    rule : Optimizer
        Its other settings stay as they are.
    objective : Objective
    starts : array (P, K)
    trials : int, default 20
    steps : int, default 500
    share : float, default 1e-3
        Of the drop from the start to the least loss, that is left at the target. It counts as met from the
        step on from which the loss stays below, inside the domain.
    second : str, optional
        A memory such as `momentum` or `beta_1` that is tuned together with the rate; 64 trials are then
        what 20 are for one setting.
    seed : int, default 0
        Of the grid's shift, and of batches and noise.
    shift : int, optional
        The seed of the grid's shift, if it is another one.
    units : Units, optional
        Those of problem and starts unless given.
    lowest : float, optional
        The least loss, where it is not known; without any the loss at the end decides.

    Examples
    --------
    >>> from optiviz.objectives.surfaces import surfaces
    >>> from optiviz.optimizers import GD
    >>> bowl = surfaces["sphere"]
    >>> found = tune(GD(), bowl, bowl.start[:, None], steps=50)
    >>> bool(0.3 < found.chosen["learning_rate"] < 0.7)  # 1 / curvature is 0.5
    True
    """
    lowest = known_least_loss(objective) if lowest is None else lowest
    units = units_of(objective, starts, lowest) if units is None else units
    settings = trial_settings(rule, trials, units, second, seed if shift is None else shift)
    return run_trials(rule, objective, starts, settings, steps=steps, share=share, seed=seed, lowest=lowest)


def run_trials(
    rule: Optimizer,
    objective: Any,
    starts: Array,
    settings: Mapping[str, Array],
    *,
    steps: int = 500,
    share: float = 1e-3,
    seed: int = 0,
    lowest: float | None = None,
) -> Trials:
    """Run a rule with all settings, each (B,), from all starts (P, K), side by side in one array.

    Parameters
    ----------
    rule, objective, starts, steps, share, seed, lowest
        As for `tune`.
    settings : mapping of str to array (B,)
    """
    lowest = known_least_loss(objective) if lowest is None else lowest
    trials, count = len(next(iter(settings.values()))), starts.shape[1]
    targets = [] if lowest is None else [share]
    measure = {"targets": targets, "of": "drop", "lowest": lowest, "inside": True, "kept": 0}
    theta = np.tile(starts, trials)
    watch = watched(objective, theta, steps, measure)
    each = with_settings(rule, {name: np.repeat(values, count) for name, values in settings.items()})
    columns = watch.columns_of(objective, run_batch(objective, each, theta, watch, seed))
    arrived = columns.get(f"steps_to_{share:g}", np.full(trials * count, -1))
    last = loss_at_end(objective, columns)
    return Trials(dict(settings), times_of(arrived).reshape(trials, count), last.reshape(trials, count))


def known_least_loss(objective: Any) -> float | None:
    """The least loss of a surface with a known minimum, or of a fit; None for all else."""
    if isinstance(objective, Surface):
        return objective.f_min
    return lowest_loss(objective) if isinstance(objective, Fit) else None
