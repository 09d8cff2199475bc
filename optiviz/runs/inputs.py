"""Checks of what a run is given: start, counts, settings, gradient, and room for its record."""

from collections.abc import Mapping
from dataclasses import is_dataclass
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import bounds_of
from optiviz._lib.typing import Array
from optiviz.objectives.base import Objective
from optiviz.optimizers.function import as_optimizer

MAX_RECORD = 2**31  # bytes


def starting_point(objective: Objective, start: Any) -> Array:
    """`start`, or the objective's own, as an array of its own; refuses what does not fit."""
    try:
        theta = np.array(objective.start if start is None else start, dtype=float)
    except (TypeError, ValueError):
        theta = np.empty(0)  # text, a ragged list: refused below
    count = np.size(objective.start)
    if theta.ndim == 2 and theta.shape[0] != count == theta.shape[1]:
        raise BadInput(
            f"start: {len(theta)} starts are given as rows; give them as columns, "
            f"({count}, N): transpose them"
        )
    if theta.shape[:1] != (count,) or theta.ndim > 2 or not np.isfinite(theta).all():
        raise BadInput(f"start must be {count} finite numbers, or ({count}, N) of them, got {start!r:.80}")
    return theta


def for_each_setting(theta: Array, rule: Any) -> Array:
    """One start (P,) as (P, N) for a rule with settings (N,); refuses starts of another number."""
    counts = array_lengths(rule)
    if not counts:
        return theta
    (name, count), *_ = counts.items()
    wrong = {other: n for other, n in counts.items() if n != count}
    if wrong:
        other, n = next(iter(wrong.items()))
        raise BadInput(f"{name} has {count:,} values and {other} has {n:,}; each run takes one of both")
    if theta.ndim == 1:
        return np.repeat(theta[:, None], count, axis=1)
    if theta.shape[1] != count:
        raise BadInput(
            f"{name} has {count:,} values for {theta.shape[1]:,} starts; give one for each, or one"
        )
    return theta


def array_lengths(rule: Any) -> dict[str, int]:
    """How many values each setting of a rule or its wrappers has, of those that are arrays (N,)."""
    if not is_dataclass(rule) or isinstance(rule, type):
        return {}
    own = {name: getattr(rule, name, None) for name in bounds_of(rule.__class__)}
    counts = {name: len(value) for name, value in own.items() if isinstance(value, np.ndarray) and value.ndim}
    return counts | array_lengths(getattr(rule, "optimizer", None))


def whole_number(name: str, value: Any, most: int) -> int:
    """A count given by a user, also as 1e3; refuses what is none."""
    whole = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not (whole and 0 <= value <= most and value == int(value)):
        raise BadInput(f"{name} must be a whole number from 0 to {most:,}, got {value!r}")
    return int(value)


def check_gradient(objective: Objective, gradient: Any, theta: Array) -> None:
    """Refuse a gradient of another shape than theta: NumPy would stretch it without a word."""
    if np.shape(gradient) != theta.shape:
        name = getattr(objective, "name", type(objective).__name__)
        raise BadInput(
            f"{name}: the gradient must be shaped like theta, {theta.shape}; got one of {np.shape(gradient)}"
        )


def check_rates(rule: Any) -> None:
    """Refuse a schedule that takes no count of steps, or gives no number for the first one."""
    if not is_dataclass(rule) or isinstance(rule, type):
        return
    for name, bounds in bounds_of(rule.__class__).items():
        schedule = getattr(rule, name, None)
        if not callable(schedule):
            continue
        where = {"field": name, "part": type(rule).__name__}
        try:
            signature(schedule).bind(0)
        except ValueError:  # some functions written in C do not tell
            pass
        except TypeError:
            wanted = "a function of the steps taken so far, such as lambda k: 0.1 / (1 + k)"
            raise BadInput(f"must be a number or {wanted}", **where) from None
        first = schedule(0)
        if np.asarray(first).dtype.kind not in "biuf":
            raise BadInput(f"must give numbers, {bounds}, got {first!r:.80} for step 1", **where)
    check_rates(getattr(rule, "optimizer", None))


def check_step(rule: Any, answer: Any, theta: Array) -> None:
    """Refuse what a rule of one's own gives back, where it is not (theta, state)."""
    name = getattr(rule, "name", type(rule).__name__)
    if not isinstance(answer, tuple) or len(answer) != 2:
        got = f"an array of shape {answer.shape}" if isinstance(answer, np.ndarray) else f"{answer!r:.80}"
        raise BadInput(f"{name}: step must return (theta, state), got {got}")
    if np.shape(answer[0]) != theta.shape:
        raise BadInput(f"{name}: theta must keep its shape {theta.shape}, got {np.shape(answer[0])}")


def check_room(at: NDArray[np.int64], theta: Array, columns: int) -> None:
    """Refuse a record that would not fit into memory, before any of it is allocated."""
    need = len(at) * theta.nbytes * columns
    if need > MAX_RECORD:
        raise BadInput(
            f"{len(at):,} records of {theta.size:,} numbers would take {need / 2**30:.1f} GiB; the limit is "
            f"{MAX_RECORD / 2**30:.0f} GiB - record less with `every` or `memory=False`"
        )


def labelled(optimizers: Any) -> Mapping[str, Any]:
    """Competitors by their labels; those of a list by the names of their rules, numbered where these meet."""
    if isinstance(optimizers, Mapping):
        return optimizers
    found: dict[str, Any] = {}
    for part in optimizers if isinstance(optimizers, list | tuple) else [optimizers]:
        rule = as_optimizer(part)
        name = str(getattr(rule, "name", type(rule).__name__))
        same = sum(label == name or label.startswith(f"{name} ") for label in found)
        found[f"{name} {same + 1}" if same else name] = rule
    return found


def read_only(theta: Array) -> Array:
    """A view through which an objective cannot change where a run stands."""
    view = theta.view()
    view.flags.writeable = False
    return view


def squared_length(theta: Array) -> Array:
    """() or (N,)."""
    if theta.ndim == 1:
        return theta.dot(theta)  # type: ignore[no-any-return]
    return np.einsum("pn,pn->n", theta, theta)  # type: ignore[no-any-return]
