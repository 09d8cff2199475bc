"""One optimizer step decomposed: memory, gradient, and the effective rate of each coordinate."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_call, checked_settings
from optiviz._lib.display import short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, State
from optiviz.optimizers import innermost
from optiviz.optimizers.base import Variables, asks, rate_of_step, told_variables
from optiviz.optimizers.function import as_optimizer
from optiviz.runs.trajectory import Trajectory

PARTS = ("memory", "gradient", "scaling", "move")  # in the order in which a step is told
SPEEDS = ("velocity", "first_moment")  # what is remembered of directions
ROOTS = ("accumulator", "mean_square", "second_moment", "largest_second_moment")  # of squared slopes


@checked_settings
@dataclass(frozen=True, eq=False)
class Anatomy:
    """One optimizer step, decomposed. All arrays are (P,), and start + memory + slope = end.

    Parameters
    ----------
    count : int
        Steps finished before this one.
    start, end : array (P,)
        Where the ball stood before the step and after it.
    seen : array (P,)
        Where the slope was measured: at the start, or at the look-ahead point phi of Nesterov's rule. Our
        `path` holds phi; with v = momentum v - rate g the ball is behind it, start = phi - momentum v.
    gradient : array (P,)
        What the rule was told at `seen`.
    memory : array (P,)
        The part of the move that comes from what the rule remembers: momentum x velocity, or its
        counterpart in the first moment.
    slope : array (P,)
        The part that comes from the gradient of this step.
    rate : array (P,)
        The effective rate: what the direction is multiplied by in each coordinate.
    direction : array (P,) or None
        What the rates are multiplied with, where they differ: the gradient, or the first moment.
    state : mapping of str to array (P,)
        What the rule remembers after the step, and of Adam `corrected_first_moment` and
        `corrected_second_moment`.
    """

    __repr__ = short_repr

    count: int
    start: Array
    end: Array
    seen: Array
    gradient: Array
    memory: Array
    slope: Array
    rate: Array
    direction: Array | None
    state: Mapping[str, Array]

    @property
    def looks_ahead(self) -> bool:
        """Whether the slope was measured elsewhere than where the ball stood."""
        return self.seen is not self.start

    @property
    def unscaled(self) -> tuple[Array, Array]:
        """Memory and slope as they were with one rate, the smallest, for all coordinates."""
        if self.direction is None:
            return self.memory, self.slope
        with np.errstate(all="ignore"):
            share = np.nan_to_num(np.min(self.rate) / self.rate, nan=1.0)
        return (self.memory * share if "first_moment" in self.state else self.memory), self.slope * share

    @property
    def readings(self) -> dict[str, Array]:
        """The numbers of the step in the order in which they are worked out, by name."""
        state = self.state
        found = {"gradient": self.gradient}
        if "velocity" in state:
            found["momentum x velocity"] = self.memory
        for name in ("first_moment", "corrected_first_moment"):
            if name in state:
                found[name.replace("_", " ")] = state[name]
        found |= {f"root of {n.replace('_', ' ')}": np.sqrt(state[n]) for n in ROOTS if n in state}
        if "corrected_second_moment" in state:
            found["corrected root"] = np.sqrt(state["corrected_second_moment"])
        if "largest_gradient" in state:
            found["largest gradient"] = state["largest_gradient"]
        if np.isfinite(self.rate).all():  # a rule of one's own need not have one
            found["effective rate"] = self.rate
        return found | {"step": self.end - self.start}


@checked_call
def anatomy_of(run: Trajectory, optimizer: Any, step: int, *, variables: Variables | None = None) -> Anatomy:
    """Decompose step 1, 2, 3, ... of a run into memory, gradient and effective rate.

    Worked out from the record: path, gradients and named state. A rule of your own needs nothing for it but
    named state; `effective_rate(state)` and `position(path, state)` are asked for where it has them.

    Parameters
    ----------
    run : Trajectory
        Of one run, with every step and its memory recorded.
    optimizer : Optimizer
        The rule that took it; its wrappers (`Clip`, `WeightDecay`) are looked through, and what they do
        counts as slope.
    step : int
        From 1 to `run.steps`.
    variables : mapping, optional
        `objective.variables` of a network, for a rule that works on each of them by itself.

    Returns
    -------
    Anatomy

    Raises
    ------
    BadInput
        When there is no such step, when it was not recorded, or when the rule is a solver of scipy.

    Examples
    --------
    >>> import optiviz as ov
    >>> rule = ov.Momentum(learning_rate=0.1, momentum=0.5)
    >>> bowl = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 0))
    >>> inside = anatomy_of(ov.minimize(bowl, rule, steps=2), rule, 2)
    >>> inside.memory.round(9).tolist(), inside.slope.round(9).tolist(), inside.end.round(9).tolist()
    ([-0.1, 0.0], [-0.16, 0.0], [0.54, 0.0])
    """
    rule = innermost(told_variables(as_optimizer(optimizer), variables))
    row = row_before(run, rule, step)
    before = state_at(run, row)
    after = state_at(run, row + 1)
    seen, gradient = run.path[row], run.gradients[row]
    place = getattr(rule, "position", None)
    start = seen if place is None else np.asarray(place(seen, before))
    end = run.path[row + 1] if place is None else np.asarray(place(run.path[row + 1], after))
    rate, differs = rate_after(rule, after, seen.shape)
    memory = memory_part(rule, before, after, rate, start, end, seen)
    slope = end - start - memory
    direction = None
    if differs:
        scaled = memory + slope if "first_moment" in after else slope
        with np.errstate(all="ignore"):
            direction = np.nan_to_num(-scaled / rate, posinf=0.0, neginf=0.0)
    kept = {name: value for name, value in after.items() if name != "count"}
    return Anatomy(
        step - 1, start, end, seen, gradient, memory, slope, rate,
        direction, kept | corrected(rule, after),
    )  # fmt: skip


def row_before(run: Trajectory, rule: Any, step: int) -> int:
    """The row from which a step began; refuses one that is not there."""
    if not hasattr(rule, "init"):
        raise BadInput(f"run '{run.label}' has no inside to show: a solver of scipy does not name its state")
    if run.path.ndim > 2:
        raise BadInput("a step is taken apart for one run; these are several side by side")
    if not 1 <= step <= run.steps:
        raise BadInput(f"run '{run.label}' has the steps 1 to {run.steps}, and no step {step}")
    row = int(np.searchsorted(run.at, step - 1))
    if run.at[row] != step - 1 or run.at[row + 1] != step or len(run.gradients) <= row:
        raise BadInput(f"run '{run.label}' was not recorded step by step with its memory")
    return row


def state_at(run: Trajectory, row: int) -> State:
    """The optimizer's state at a row."""
    return {"count": int(run.at[row]), **{name: rows[row] for name, rows in run.state.items()}}


def rate_after(rule: Any, after: State, shape: tuple[int, ...]) -> tuple[Array, bool]:
    """(P,) the effective rate of the step that ended in `after`, and whether coordinates have their own."""
    own = getattr(rule, "effective_rate", None)
    with np.errstate(all="ignore"):
        rate = own(after) if own else rate_of_step(getattr(rule, "learning_rate", np.nan), after["count"])
    return np.broadcast_to(np.asarray(rate, dtype=float), shape), own is not None


def memory_part(
    rule: Any, before: State, after: State, rate: Array, start: Array, end: Array, seen: Array
) -> Array:
    """The part of the move from start to end that is due to the optimizer's state, not to the new gradient.

    For a rule that steps along its first moment, m = beta_1 m + (1 - beta_1) g, it is the share of the
    old m in that step. Any other rule is asked what it would do if there were no slope at all: with
    Momentum and Nesterov that is momentum x velocity, with GD, Adagrad and RMSprop nothing.
    """
    beta = getattr(rule, "beta_1", None)
    if "first_moment" in after and beta is not None:
        move = -rate * after["first_moment"]
        room = 1e-9 * np.abs(move) + 1e-14 * (1.0 + np.abs(start))
        if (np.abs(move - (end - start)) <= room).all():
            return np.asarray(-rate * beta * before["first_moment"])
    nothing = np.zeros_like(seen)
    if asks(rule) or not set(rule.init(seen)) <= set(before):  # nobody answers; more than can be recorded
        return nothing
    with np.errstate(all="ignore"):
        coasted, state = rule.step(seen, nothing, before)
        place = getattr(rule, "position", None)
        moved = (coasted if place is None else place(coasted, state)) - start
    return np.asarray(moved) if np.isfinite(moved).all() else nothing


def corrected(rule: Any, after: State) -> dict[str, Array]:
    """Bias-corrected moments, where the rule corrects them."""
    corrections = getattr(rule, "corrections", None)
    if corrections is None:
        return {}
    shares = corrections(after["count"])
    names = ("first_moment", "second_moment")
    return {f"corrected_{name}": after[name] / share for name, share in zip(names, shares, strict=True)}


def parts_of(optimizers: Iterable[Any]) -> tuple[str, ...]:
    """Which of `PARTS` the steps of these rules have.

    Examples
    --------
    >>> from optiviz.optimizers import GD, NAG, Adam
    >>> parts_of([GD(), NAG()]), parts_of([Adam()])
    (('memory', 'gradient', 'move'), ('memory', 'gradient', 'scaling', 'move'))
    """
    rules = [innermost(as_optimizer(optimizer)) for optimizer in optimizers]
    kept = {name for rule in rules if hasattr(rule, "init") for name in rule.init(np.zeros(2))}
    missing = set() if kept.intersection(SPEEDS) else {"memory"}
    if not any(hasattr(rule, "effective_rate") for rule in rules):
        missing.add("scaling")
    return tuple(part for part in PARTS if part not in missing)
