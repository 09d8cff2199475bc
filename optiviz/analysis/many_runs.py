"""Batched runs that keep only the outcome: final attractor and arrival step, or when a loss was met."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.parallel import checked_processes
from optiviz._lib.registry import unknown
from optiviz._lib.typing import Array, State
from optiviz.objectives.base import Objective
from optiviz.optimizers.base import Optimizer, told_variables
from optiviz.optimizers.function import as_optimizer
from optiviz.optimizers.layer_rates import LayerRates
from optiviz.runs.minimize import MAX_STEPS, descend_in_blocks
from optiviz.runs.record import Rows, slice_hyperparameters
from optiviz.runs.scipy_solvers import Scipy

MAX_RUNS = 4_000_000  # a map of them then takes 256 MB
ROOM = 2**24  # numbers that a block of runs holds at once on its way through the data: 128 MiB
SPLIT = 8_000_000  # numbers times steps that are worth a second process
CHUNK = 32  # steps between two looks at where all runs are


def run_batch(
    objective: Objective,
    rule: Optimizer,
    theta: Array,
    watch: Rows,
    seed: int = 0,
    processes: int | None = None,
) -> NDArray[np.int64]:
    """Run a batch of N starts `theta` (P, N), observed by `watch`; when each diverged, or -1: (N,).

    They go in blocks, so that little more than `watch` itself is held, shared by so many `processes`.
    """
    count, processes = theta.shape[1], checked_processes(processes)
    if theta.size * int(watch.at[-1]) < SPLIT:
        processes = 1
    width = max(ROOM // size_of_pass(objective), 1) * processes
    stopped_at = np.empty(count, dtype=np.int64)
    for low in range(0, count, width):
        block = slice(low, low + width)
        part, start = slice_hyperparameters(rule, block, count), np.ascontiguousarray(theta[:, block])
        stopped_at[block] = descend_in_blocks(objective, part, start, seed, watch.columns(block), processes)
    return stopped_at


def size_of_pass(objective: Objective) -> int:
    """Floats that one evaluation of the loss needs: the activations of all rows."""
    rows = len(getattr(objective, "X", getattr(objective, "design", ())))
    return max(rows, 1) * sum(getattr(getattr(objective, "network", None), "widths", (1,)))


def check_memory(count: int, steps: int) -> None:
    """Refuse what would not fit into memory, or counts no steps."""
    if not 1 <= steps <= MAX_STEPS:
        raise BadInput(f"steps must be a whole number from 1 to {MAX_STEPS:,}, got {steps}")
    if count > MAX_RUNS:
        raise BadInput(f"{count:,} runs side by side are too many; the limit is {MAX_RUNS:,}")


def stepping(optimizer: Any) -> Optimizer:
    """A rule that takes many runs at once; scipy's solvers take one."""
    rule = as_optimizer(optimizer)
    if isinstance(rule, Scipy):
        raise BadInput(
            f"a map runs a rule from many places at once; scipy's {rule.method} takes one at a time"
        )
    return rule  # type: ignore[no-any-return]


def with_settings(rule: Any, settings: Mapping[str, Any]) -> Any:
    """A rule, wrapped or not, with other hyperparameters.

    Parameters
    ----------
    rule : Optimizer
    settings : mapping of str to float or array (N,)
        By the names of the fields; one that the wrapper does not have is that of the rule inside.
        `learning_rate@dense_1` is the rate of one layer of a network.

    Raises
    ------
    BadInput
        For a name that it does not have, or a value out of bounds.

    Examples
    --------
    >>> from optiviz.optimizers import Clip, Momentum
    >>> with_settings(Clip(Momentum(0.1), norm=1.0), {"momentum": 0.5, "norm": 2.0})
    Clip(optimizer=Momentum(learning_rate=0.1, momentum=0.5, rate_inside=True, dampening=0.0), value=None, \
norm=2.0, global_norm=None, epsilon=0.0)
    """
    for name, values in settings.items():
        base, at, layer = name.partition("@")
        if at:
            rule = with_layer_rate(rule, base, layer, values)
            continue
        part_with(rule, name)  # or says that there is none
        for extreme in (np.min(values), np.max(values)):
            replaced_inside(rule, name, float(extreme))  # one number makes a shorter sentence than all
        rule = replaced_inside(rule, name, values)
    return rule


def with_layer_rate(rule: Any, name: str, layer: str, values: Any) -> LayerRates:
    """A rule with a learning rate, or one for each run (N,), of its own for a layer."""
    inner = rule.optimizer if isinstance(rule, LayerRates) else rule
    if name != "learning_rate" or name not in hyperparameters(inner):
        raise BadInput(f"unknown hyperparameter '{name}@{layer}': of a layer there is learning_rate@{layer}")
    if hasattr(inner, "optimizer"):
        raise BadInput(f"{type(inner).__name__}: a rule that is wrapped has one rate for all layers")
    for extreme in (np.min(values), np.max(values)):
        replaced_inside(inner, name, float(extreme))  # or says what is out of bounds
    before = rule if isinstance(rule, LayerRates) else LayerRates(inner, (), np.empty((0, *np.shape(values))))
    rates = np.concatenate([before.rates, np.asarray(values, dtype=float)[None]])
    return LayerRates(inner, (*before.names, layer), rates)


def check_layer_rate(rule: Any, name: str, variables: Any) -> None:
    """Refuse `learning_rate@LAYER` where there is no such layer, or the rule takes no rate of one."""
    if "@" in name:
        told = told_variables(with_settings(rule, {name: 0.1}), variables)
        told.init(np.zeros(1))  # a problem without layers says so


def hyperparameters(rule: Any) -> list[str]:
    """The names of the numbers that a rule and its wrappers have as fields."""
    if not is_dataclass(rule):
        return []
    own = [field.name for field in fields(rule) if field.init and field.name != "optimizer"]
    numbers = [name for name in own if not isinstance(getattr(rule, name), bool | str)]
    inner = hyperparameters(rule.optimizer) if hasattr(rule, "optimizer") else []
    return [*inner, *(name for name in numbers if name not in inner)]


def part_with(rule: Any, name: str) -> Any:
    """The rule or the wrapper around it that has the hyperparameter `name`, the innermost first."""
    if name not in hyperparameters(rule):
        raise unknown(f"hyperparameter of {type(rule).__name__}", name, hyperparameters(rule))
    if hasattr(rule, "optimizer") and name in hyperparameters(rule.optimizer):
        return part_with(rule.optimizer, name)
    return rule


def replaced_inside(rule: Any, name: str, value: Any) -> Any:
    """`rule` with one field changed, in the innermost part that has it."""
    if part_with(rule, name) is rule:
        return replace(rule, **{name: value})
    return replace(rule, optimizer=replaced_inside(rule.optimizer, name, value))


# ---- what is watched


@dataclass(frozen=True, eq=False)
class Attractors:
    """Per run: the current attractor, and the step at which it was entered for good.

    Runs are looked at every `CHUNK` steps; the steps between are held until then, and compared with the one
    place where the run then is. `reach` is less than half the distance between any two of the places.
    """

    at: NDArray[np.int64]
    places: Array  # (K, P)
    reach: float
    home: Array  # (N,) the index of a place, or -1
    since: Array  # (N,) a step, or -1

    @cached_property
    def held(self) -> Array:
        """(CHUNK, P, N) the path since the last look."""
        return np.empty((CHUNK, self.places.shape[1], len(self.home)))

    @staticmethod
    def of(count: int, steps: int, places: Array, reach: float) -> "Attractors":
        """For `count` runs of `steps` steps."""
        home, since = np.full(count, -1.0), np.full(count, -1.0)
        return Attractors(np.arange(steps + 1), places, reach, home, since)

    def columns(self, block: slice) -> "Attractors":
        return replace(self, home=self.home[block], since=self.since[block])

    def emptied(self, count: int) -> "Attractors":
        return Attractors.of(count, len(self.at) - 1, self.places, self.reach)

    def fill(self, block: slice, part: "Attractors") -> None:
        self.home[block], self.since[block] = part.home, part.since

    def write(self, row: int, theta: Array, loss: Array, gradient: Array, state: State) -> None:
        place = row % CHUNK
        self.held[place] = theta
        if place == CHUNK - 1 or row == len(self.at) - 1:
            self.settle(row - place, self.held[: place + 1])

    def settle(self, first: int, path: Array) -> None:
        """Take up the steps from `first` on, `path` (C, P, n)."""
        home = place_within_reach(self.places, self.reach, path[-1])
        there = np.flatnonzero(home >= 0)
        moved = self.home != home
        if len(there):
            few = 2 * len(there) < len(home)
            out = self.last_out(
                path[..., there] if few else path, self.places[home[there] if few else home].T
            )
            out = out if few else out[there]
            entered = (out >= 0) | moved[there]
            self.since[there[entered]] = first + 1 + out[entered]
        self.since[home < 0] = -1
        self.home[:] = home

    def last_out(self, path: Array, around: Array) -> NDArray[np.int64]:
        """(n,) the last step of `path` (C, P, n) that is not within reach of `around` (P, n); -1 for none."""
        out = np.full(path.shape[2], -1)
        apart, distance, far = np.empty(path.shape[1:]), np.empty(len(out)), np.empty(len(out), dtype=bool)
        for k, theta in enumerate(path):  # into arrays that stay in the cache
            np.subtract(theta, around, out=apart)
            np.multiply(apart, apart, out=apart)
            np.greater(np.sum(apart, axis=0, out=distance), self.reach**2, out=far)
            np.copyto(out, k, where=far)
        return out


def place_within_reach(places: Array, reach: float, theta: Array) -> NDArray[np.int64]:
    """(N,) the index of the place (K, P) within `reach` of each run (P, N); -1 where there is none."""
    home = np.full(theta.shape[1], -1)
    for k, place in enumerate(places):
        home[squared_distance(theta, place[:, None]) <= reach**2] = k
    return home


def squared_distance(one: Array, two: Array) -> Array:
    """(N,) between (P, N) and (P, N) or (P, 1)."""
    apart = one - two
    apart *= apart
    return np.asarray(apart[0] + apart[1] if len(apart) == 2 else apart.sum(axis=0))


@dataclass(frozen=True, eq=False)
class Below:
    """Per run: the row from which on the loss is at most `target`; `len(at)` where it is not."""

    at: NDArray[np.int64]
    target: float
    since: Array  # (N,)

    @staticmethod
    def of(count: int, steps: int, target: float) -> "Below":
        """For `count` runs of `steps` steps."""
        return Below(np.arange(steps + 1), target, np.zeros(count))

    def columns(self, block: slice) -> "Below":
        return replace(self, since=self.since[block])

    def emptied(self, count: int) -> "Below":
        return Below.of(count, len(self.at) - 1, self.target)

    def fill(self, block: slice, part: "Below") -> None:
        self.since[block] = part.since

    def write(self, row: int, theta: Array, loss: Array, gradient: Array, state: State) -> None:
        above = ~(loss <= self.target)
        np.maximum(self.since, above * float(row + 1), out=self.since)  # a masked copy takes 30 times as long
