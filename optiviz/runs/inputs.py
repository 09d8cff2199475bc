"""Checks of what a run is given: start, counts, settings, gradient, and room for its record."""

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import bounds_of
from optiviz._lib.typing import Array, Batch
from optiviz.objectives.base import Objective
from optiviz.objectives.function import located_writes, real_numbers
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
        given = "1 start is given as a row" if len(theta) == 1 else f"{len(theta)} starts are given as rows"
        raise BadInput(f"start: {given}; give them as columns, ({count}, N): transpose them")
    if theta.shape == (count, count) and isinstance(start, list | tuple) and (theta != theta.T).any():
        raise BadInput(
            f"start: {count} lists of {count} numbers may be rows or columns; give an array ({count}, N), "
            "one start a column: np.array(...), or np.array(...).T if they are rows"
        )
    if theta.shape[:1] != (count,) or theta.ndim > 2 or not np.isfinite(theta).all():
        raise BadInput(f"start must be {count} finite numbers, or ({count}, N) of them, got {start!r:.80}")
    return theta


def for_each_setting(theta: Array, rule: Any) -> Array:
    """One start (P,) as (P, N) for a rule with settings (N,); refuses starts of another number."""
    counts = array_lengths(rule)
    if not all(counts.values()):
        raise BadInput(f"{next(name for name, n in counts.items() if not n)} has no values")
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
    counts = {}
    for name in bounds_of(rule.__class__):
        value = getattr(rule, name, None)
        value = value(0) if callable(value) else value  # of a schedule the first rate
        if not isinstance(value, np.ndarray) or not value.ndim:
            continue
        if value.ndim > 1:
            raise BadInput(f"{name} must be a number, or one for each run (N,), got the shape {value.shape}")
        counts[name] = len(value)
    return counts | array_lengths(getattr(rule, "optimizer", None))


def whole_number(name: str, value: Any, most: int) -> int:
    """A count given by a user, also as 1e3; refuses what is none."""
    whole = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not (whole and 0 <= value <= most and value == int(value)):
        raise BadInput(f"{name} must be a whole number from 0 to {most:,}, got {value!r}")
    return int(value)


Asked = Callable[[Array, Batch], tuple[Array, Array]]


def first_answer(objective: Objective, theta: Array, batch: Batch) -> tuple[Asked, Array, Array]:
    """What to ask for loss and gradient, and its first answer, held to theta (P,) or (P, N).

    An objective of arrays of floats is asked itself; lists, integers and shorter floats are made such arrays.

    Raises
    ------
    BadInput
        When there is no number where one is due, or one too many, and when the objective writes into theta.
    """
    name = getattr(objective, "name", type(objective).__name__)
    with located_writes(name):
        answer = objective.value_and_gradient(theta, batch)
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise BadInput(f"{name}: value_and_gradient must return (loss, gradient), got {answer!r:.80}")
    plain = zip(answer, (theta.shape[1:], theta.shape), strict=True)
    if all(isinstance(part, np.ndarray | float) and is_plain(part, shape) for part, shape in plain):
        return objective.value_and_gradient, *answer

    def ask(theta: Array, batch: Batch) -> tuple[Array, Array]:
        return converted(objective.value_and_gradient(theta, batch), theta, name)

    return ask, *converted(answer, theta, name)


def is_plain(part: Any, shape: tuple[int, ...]) -> bool:
    """Whether it is a float, or an array of them, of this shape."""
    return np.shape(part) == shape and np.result_type(part) == np.float64


def converted(answer: Any, theta: Array, name: str) -> tuple[Array, Array]:
    """Loss () or (N,) and gradient shaped like theta, in floats; NumPy would stretch other shapes."""
    loss, gradient = (real_numbers(part, name) for part in answer)
    runs = theta.shape[1:]
    if loss.shape != runs:
        if loss.size != 1 and np.squeeze(loss).shape != runs:
            many = f"one of {runs}" if runs else "one number"
            raise BadInput(f"{name}: the loss must be {many}; got one of {loss.shape}")
        loss = np.broadcast_to(np.squeeze(loss), runs)
    if gradient.shape != theta.shape:
        raise BadInput(
            f"{name}: the gradient must be shaped like theta, {theta.shape}; got one of {gradient.shape}"
        )
    return loss[()], gradient


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


def is_near(length: Array, limit: float, loss: Array) -> NDArray[np.bool_]:
    """Which runs () or (N,) are not too far away, and have a loss that is a number."""
    return np.asarray(
        (length <= limit) & (loss - loss == 0)
    )  # a number minus itself is 0, or it is not finite


def all_near(length: Array, limit: float, loss: Array) -> bool:
    """Whether all of them are, without an array of answers: this is asked at every step.

    >>> nan = np.array([1.0, np.nan])
    >>> all_near(np.ones(2), 1.0, np.ones(2)), all_near(np.ones(2), 1.0, nan), all_near(nan, 1.0, np.ones(2))
    (True, False, False)
    """
    if not length.ndim:
        return bool(length <= limit and loss - loss == 0)
    farthest, highest, lowest = length.max(initial=0.0), loss.max(initial=-np.inf), loss.min(initial=np.inf)
    return bool(farthest <= limit and highest < np.inf and lowest > -np.inf)


def squared_length(theta: Array) -> Array:
    """() or (N,)."""
    if theta.ndim == 1:
        return theta.dot(theta)  # type: ignore[no-any-return]
    return np.einsum("pn,pn->n", theta, theta)  # type: ignore[no-any-return]
