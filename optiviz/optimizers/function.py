"""An optimizer from a plain function."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, isclass, signature
from pkgutil import resolve_name
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.frozen import frozen
from optiviz._lib.registry import unknown
from optiviz._lib.typing import Array, State
from optiviz.optimizers.wrappers import gradients_asked


@dataclass(frozen=True)
class Rule:
    """An optimizer made of a plain function; see `rule`."""

    function: Callable[..., Any]
    start: Mapping[str, Any]
    remembers: bool
    gradients_per_step: int = 1

    def __repr__(self) -> str:
        """The name of the function, and of what it remembers."""
        return f"Rule({', '.join([self.name, *self.start])})"

    def __reduce__(self) -> Any:
        """How it is pickled: by its fields, or by its name where a decorator has put it there."""
        home = getattr(self.function, "__module__", None)
        place = getattr(self.function, "__qualname__", "")
        if home in sys.modules and getattr(sys.modules[home], place, None) is self:
            return resolve_name, (f"{home}:{place}",)
        return Rule, (self.function, self.start, self.remembers, self.gradients_per_step)

    @property
    def name(self) -> str:
        """That of the function."""
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    def init(self, theta: Array) -> State:
        named = {name: value(theta) if callable(value) else value for name, value in self.start.items()}
        arrays = {name: np.full_like(theta, value) for name, value in named.items()}
        return {"count": 0, **arrays}

    def step(self, theta: Array, gradient: Array, state: State) -> tuple[Array, State]:
        # copies: a function that writes into what it is given changes nobody's record
        given = theta.copy(), gradient.copy()
        count = {"count": state["count"] + 1}
        if not self.remembers:
            return self.fit(self.function(*given), theta), {**state, **count}
        mine = {
            name: value.copy() if isinstance(value, np.ndarray) else value for name, value in state.items()
        }
        answer = self.function(*given, mine)
        if not (isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], Mapping)):
            raise BadInput(f"{self.name}: must return (theta, state), the state a dict, got {answer!r:.80}")
        told = {
            name: self.fit(value, theta, name) if name in self.start else value
            for name, value in answer[1].items()
        }
        return self.fit(answer[0], theta), {**mine, **told, **count}

    def fit(self, value: Any, theta: Array, name: str = "theta") -> Array:
        """`value` as an array shaped like theta; refuses another shape."""
        array = np.asarray(value, dtype=float)
        if array.shape != theta.shape:
            raise BadInput(f"{self.name}: {name} must keep its shape {theta.shape}, got {array.shape}")
        return array


@checked_call
def rule(function: Callable[..., Any], *, gradients_per_step: int = 1, **state: Any) -> Rule:
    """An optimizer from a plain function.

    A class of your own needs no help: whatever has `init(theta) -> state` and
    `step(theta, gradient, state) -> (theta, state)` is an optimizer already.

    Parameters
    ----------
    function : callable
        `(theta, gradient) -> theta`, or `(theta, gradient, state) -> (theta, state)`. Arguments after
        these have defaults. The state is a dict; of it the function returns what it changed, and `count`,
        the number of finished steps, is kept for it.
    gradients_per_step : int, default 1
        How many gradients a step asks for, the one that it is given included: what it costs, in
        `Trajectory.evaluations`. A class says so in an attribute of this name.
    **state : number, array or callable
        What is remembered, at the start: a number for each coordinate, or `theta -> array`. These names
        are recorded with the run.

    Returns
    -------
    Rule

    Raises
    ------
    BadInput
        When the function takes neither two nor three arguments, or `gradients_per_step` is no count.

    Examples
    --------
    >>> def signs(theta, gradient):
    ...     return theta - 0.5 * np.sign(gradient)
    >>> theta, state = rule(signs).step(np.ones(2), np.array([3.0, -7.0]), {"count": 0})
    >>> theta.tolist(), state
    ([0.5, 1.5], {'count': 1})

    One with a memory:

    >>> def ball(theta, gradient, state, rate=0.1):
    ...     velocity = 0.5 * state["velocity"] - rate * gradient
    ...     return theta + velocity, {"velocity": velocity}
    >>> heavy = rule(ball, velocity=0.0)
    >>> theta, state = heavy.step(np.ones(1), np.ones(1), heavy.init(np.ones(1)))
    >>> theta.tolist(), state["velocity"].tolist()
    ([0.9], [-0.1])

    One that looks at the slope of x^2 halfway once more:

    >>> def halfway(theta, gradient):
    ...     return theta - 0.1 * 2 * (theta - 0.05 * gradient)
    >>> rule(halfway, gradients_per_step=2).gradients_per_step
    2
    """
    if isclass(function) or not callable(function):
        raise BadInput(f"a rule is a function (theta, gradient) -> theta, got {function!r:.80}")
    try:
        parameters = list(signature(function).parameters.values())
    except ValueError:  # some functions written in C do not tell
        count = 3 if state else 2
    else:
        by_place = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        count = sum(p.kind in by_place and p.default is Parameter.empty for p in parameters)
    if count not in (2, 3):
        raise BadInput(
            "a rule is a function (theta, gradient) -> theta or (theta, gradient, state) -> (theta, state); "
            f"{getattr(function, '__name__', function)} takes {count} arguments"
        )
    if state and count == 2:
        raise BadInput(f"a rule that remembers ({', '.join(state)}) takes (theta, gradient, state)")
    made = Rule(function, frozen(state), count == 3, gradients_per_step)
    gradients_asked(made)
    return made


def as_optimizer(part: Any) -> Any:
    """What takes part in a race: a name or a plain function becomes a rule, an optimizer stays what it is."""
    if isinstance(part, str):
        from optiviz.optimizers import OPTIMIZERS

        if "." in part:
            raise BadInput(f"'{part}' is a flavour: optiviz.flavours.FLAVOURS['{part}'](...) makes the rule")
        if part.lower() not in OPTIMIZERS:
            raise unknown("optimizer", part, OPTIMIZERS)
        return OPTIMIZERS[part.lower()]()
    if isclass(part):
        raise BadInput(f"{part.__name__} is a class; an optimizer is made of it: {part.__name__}(...)")
    if callable(getattr(part, "init", None)) and callable(getattr(part, "step", None)):
        return part
    if callable(getattr(part, "walk", None)):  # a solver that finds its own way
        return part
    if callable(part):
        return rule(part)
    raise BadInput(
        f"an optimizer has init(theta) and step(theta, gradient, state), or is a function; got {part!r:.80}"
    )
