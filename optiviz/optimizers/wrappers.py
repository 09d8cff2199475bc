"""Clipping and weight decay: optimizers that change what another one gets to see.

Each is written once, holds the rule it wraps, and passes that rule's state through unchanged. The
order everywhere is clip, then weight decay, then the rule: `Clip(WeightDecay(Adam(0.1), 0.01), norm=1.0)`.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Bounds, Positive, Small, State, rate_at
from optiviz.optimizers.base import Optimizer, Rated, Variables, told_variables


@checked_settings
@dataclass(frozen=True)
class Clip:
    """Shorten a gradient that is too long, then let `optimizer` step.

    By value: each coordinate is held within [-value, value]. By norm: g = g norm / max(|g| + epsilon, norm),
    which keeps the direction. One of the three limits is given.

    Parameters
    ----------
    optimizer : Optimizer
    value : float or array (N,), optional
        The largest size of a coordinate; Keras' `clipvalue`, optax's `clip`.
    norm, global_norm : float or array (N,), optional
        The largest Euclidean length of a run's whole gradient (P,); with runs side by side (P, N) each
        column has its own. Keras' `clipnorm` takes the length of each variable, which is `norm`, and
        `global_clipnorm` that of all together. On a network each kernel and each bias is a variable; all else
        is one, so that there the two are the same.
    epsilon : float or array (N,), default 0.0
        torch's `clip_grad_norm_` has 1e-6; Keras and optax have none.

    Examples
    --------
    >>> from optiviz.optimizers.gd import GD
    >>> rule = Clip(GD(learning_rate=1.0), norm=1.0)
    >>> theta, state = rule.step(np.zeros(2), np.array([30.0, 40.0]), rule.init(np.zeros(2)))
    >>> theta.tolist(), state
    ([-0.6, -0.8], {'count': 1})

    References
    ----------
    R. Pascanu, T. Mikolov, Y. Bengio, On the difficulty of training recurrent neural networks, 2013.
    """

    optimizer: Optimizer
    value: Positive | None = None
    norm: Positive | None = None
    global_norm: Positive | None = None
    epsilon: Small = 0.0

    def __post_init__(self) -> None:
        check_wrapped(self)
        check_settings(self)
        limits = {name: getattr(self, name) for name in ("value", "norm", "global_norm")}
        given = {name: limit for name, limit in limits.items() if limit is not None}
        if len(given) != 1:
            found = ", ".join(given) or "none"
            raise BadInput(
                f"exactly one of value, norm and global_norm must be given, got {found}", part="Clip"
            )
        bounds = Bounds(low=0.0, open_low=True)
        for name, limit in given.items():
            if not bounds.hold(limit):
                raise BadInput(f"must be {bounds}, got {limit!r}", field=name, part="Clip")

    @property
    def learning_rate(self) -> Any:
        """The rate of the rule inside."""
        return self.optimizer.learning_rate  # type: ignore[attr-defined]

    def with_variables(self, variables: Variables) -> "Clip | ClipVariables":
        """The same for theta that is made of `variables`, each of which `norm` clips by itself."""
        inside = told_variables(self.optimizer, variables)
        if self.norm is None:
            return replace(self, optimizer=inside)
        return ClipVariables(inside, self.norm, self.epsilon, tuple(at for at, _ in variables.values()))

    def init(self, theta: Array) -> State:
        return self.optimizer.init(theta)

    def step(self, theta: Array, gradient: Array, state: State, *asked: Any) -> tuple[Array, State]:
        if self.value is not None:
            gradient = np.clip(gradient, -self.value, self.value)
        else:
            gradient = shortened(gradient, self.global_norm if self.norm is None else self.norm, self.epsilon)
        return self.optimizer.step(theta, gradient, state, *asked)


def shortened(gradient: Array, most: Any, epsilon: Any) -> Array:
    """A gradient (P,) or (P, N), each column no longer than `most`."""
    squares = np.copy((gradient * gradient).T, order="C")  # each run is summed as it would be alone
    length = np.sqrt(squares.sum(axis=-1))  # () or (N,)
    return gradient * (most / np.maximum(length + epsilon, most))  # type: ignore[no-any-return]


@dataclass(frozen=True)
class ClipVariables:
    """Clipping by the norm of each variable: what `Clip(norm=...)` becomes where theta has several.

    Parameters
    ----------
    optimizer : Optimizer
    norm, epsilon : float or array (N,)
        As those of `Clip`.
    places : tuple of slice
        Which coordinates of theta each variable is.

    Examples
    --------
    >>> from optiviz.optimizers.gd import GD
    >>> rule = Clip(GD(learning_rate=1.0), norm=1.0).with_variables(
    ...     {"kernel": (slice(0, 2), (2, 1)), "bias": (slice(2, 3), (1,))}
    ... )
    >>> theta, _ = rule.step(np.zeros(3), np.array([30.0, 40.0, 0.5]), rule.init(np.zeros(3)))
    >>> theta.tolist()
    [-0.6, -0.8, -0.5]
    """

    optimizer: Optimizer
    norm: Positive
    epsilon: Small
    places: tuple[slice, ...]

    @property
    def learning_rate(self) -> Any:
        """The rate of the rule inside."""
        return self.optimizer.learning_rate  # type: ignore[attr-defined]

    def init(self, theta: Array) -> State:
        return self.optimizer.init(theta)

    def step(self, theta: Array, gradient: Array, state: State, *asked: Any) -> tuple[Array, State]:
        clipped = np.array(gradient)
        for at in self.places:
            clipped[at] = shortened(gradient[at], self.norm, self.epsilon)
        return self.optimizer.step(theta, clipped, state, *asked)


@checked_settings
@dataclass(frozen=True)
class WeightDecay:
    """Draw theta towards 0 at each step of `optimizer`.

    Decoupled: theta = theta (1 - rate weight_decay), then the step with the gradient already taken.
    Coupled: g = g + weight_decay theta, then the step; that is the gradient of a penalty
    weight_decay |theta|^2 / 2, and it enters momentum and mean squares like any other gradient.
    For plain gradient descent the two are the same.

    Parameters
    ----------
    optimizer : Optimizer
        When decoupled it must tell its `learning_rate`, as all of ours do, wrapped or not.
    weight_decay : float or array (N,), default 0.004
    decoupled : bool, default True
        True for all of Keras 3, torch and optax `AdamW`; False for the rest of torch and optax `adadelta`.

    Examples
    --------
    >>> from optiviz.optimizers.gd import GD
    >>> rule = WeightDecay(GD(learning_rate=0.5), weight_decay=0.5)
    >>> theta, state = rule.step(np.ones(2), np.zeros(2), rule.init(np.ones(2)))
    >>> theta.tolist()
    [0.75, 0.75]

    References
    ----------
    I. Loshchilov, F. Hutter, Decoupled weight decay regularization, ICLR 2019.
    """

    optimizer: Rated
    weight_decay: Small = 0.004
    decoupled: bool = True

    def __post_init__(self) -> None:
        check_wrapped(self)
        check_settings(self)

    @property
    def learning_rate(self) -> Any:
        """The rate of the rule inside."""
        return self.optimizer.learning_rate

    def with_variables(self, variables: Variables) -> "WeightDecay":
        """The same for theta that is made of `variables`."""
        return replace(self, optimizer=told_variables(self.optimizer, variables))

    def init(self, theta: Array) -> State:
        return self.optimizer.init(theta)

    def step(self, theta: Array, gradient: Array, state: State, *asked: Any) -> tuple[Array, State]:
        if self.decoupled:
            theta = theta * (1 - rate_at(self.learning_rate, state["count"]) * self.weight_decay)
        else:
            gradient = gradient + self.weight_decay * theta
        return self.optimizer.step(theta, gradient, state, *asked)


def check_wrapped(wrapper: Any) -> None:
    """Refuse to wrap what is no rule: a name, a class, a plain function."""
    given = wrapper.optimizer
    if isinstance(given, type) or not callable(getattr(given, "step", None)):
        raise BadInput(
            f"must be a rule such as Adam(0.1), got {given!r:.80}",
            field="optimizer",
            part=type(wrapper).__name__,
        )


def innermost(optimizer: Any) -> Any:
    """The rule itself, its wrappers taken off: what a picture asks for `effective_rate` or `position`.

    >>> from optiviz.optimizers.adamw import AdamW
    >>> type(innermost(Clip(AdamW(0.1), norm=1.0))).__name__
    'Adam'
    """
    while isinstance(optimizer, Clip | ClipVariables | WeightDecay):
        optimizer = optimizer.optimizer
    return optimizer


def gradients_asked(optimizer: Any) -> int:
    """Gradients that a step costs: 1, or what the rule says as its `gradients_per_step`.

    >>> from optiviz.optimizers.adamw import AdamW
    >>> gradients_asked(Clip(AdamW(0.1), norm=1.0))
    1
    """
    count = getattr(innermost(optimizer), "gradients_per_step", 1)
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise BadInput(f"must be a whole number of at least 1, got {count!r:.80}", field="gradients_per_step")
    return count


def position_of(optimizer: Any, theta: Array, state: State) -> Array:
    """Where the weights are: theta, or what a rule that looks ahead (NAG) gives as its `position`.

    Parameters
    ----------
    optimizer : Optimizer
        Wrapped or not; a rule without a `position` stands where its theta is.
    theta : array (P,) or (P, N)
        What the rule keeps: for Nesterov's rule the look-ahead point.
    state : dict
        As the rule left it with this theta.

    Returns
    -------
    array
        Shaped like theta; theta itself for a rule that does not look ahead.

    Examples
    --------
    >>> from optiviz.optimizers.nag import NAG
    >>> rule = Clip(NAG(learning_rate=0.1, momentum=0.5), norm=10.0)
    >>> phi, state = rule.step(np.ones(1), np.ones(1), rule.init(np.ones(1)))
    >>> position_of(rule, phi, state).round(12).tolist()
    [0.9]
    """
    position = getattr(innermost(optimizer), "position", None)
    if position is None:
        return theta
    where = position(theta, state)
    return theta if where is theta else np.asarray(where)
