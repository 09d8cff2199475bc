"""Objectives from functions of one vector, with gradients by central differences where none is given."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from inspect import Parameter, isclass, signature
from itertools import repeat
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_call
from optiviz._lib.display import short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, Batch, Batches


@dataclass(frozen=True, eq=False)
class FunctionObjective:
    """f(theta) of a vector of any length; see `objective`.

    `differences` says whether its gradients are differences.
    """

    __repr__ = short_repr

    function: Callable[[Array], Any]
    slope: Callable[[Array], Any] | None
    start: Array
    name: str

    @property
    def differences(self) -> bool:
        return self.slope is None

    @property
    def far(self) -> float:
        """A million times the largest number in the start, at least 1e6."""
        return 1e6 * float(max(1.0, np.abs(self.start).max(initial=0.0)))

    def value(self, theta: Array) -> Array:
        """f at `theta`: (P,) -> (), (P, N) -> (N,)."""
        return self._each(theta, self._value)

    def gradient(self, theta: Array, batch: Batch = None) -> Array:
        """The slope, shaped like theta."""
        return self._each(theta, self._gradient)

    def value_and_gradient(self, theta: Array, batch: Batch = None) -> tuple[Array, Array]:
        """Both at once."""
        return self.value(theta), self.gradient(theta)

    def batches(self, rng: np.random.Generator) -> Batches:
        """None for ever: nothing is hidden."""
        return repeat(None)

    def _each(self, theta: Array, of: Callable[[Array], Array]) -> Array:
        if theta.ndim == 1:
            return of(theta)
        return np.stack([of(column) for column in theta.T], axis=-1)

    def _value(self, theta: Array) -> Array:
        with located_writes(self.name):
            found = real_numbers(self.function(theta), self.name)
        if found.size != 1:
            raise BadInput(f"{self.name}: gives values of shape {found.shape}, one number is needed")
        return found.reshape(())

    def _gradient(self, theta: Array) -> Array:
        if self.slope is not None:
            with located_writes(self.name):
                found = real_numbers(self.slope(theta), self.name)
            if found.shape != theta.shape:
                raise BadInput(f"{self.name}: gives slopes of shape {found.shape}, {theta.shape} is needed")
            return found
        # eps^(1/3) balances rounding against the cubic term
        widths = np.finfo(float).eps ** (1 / 3) * np.maximum(1.0, np.abs(theta))
        slopes = np.empty_like(theta)
        for k, width in enumerate(widths):
            above, below = theta.copy(), theta.copy()
            above[k] += width
            below[k] -= width
            slopes[k] = (self._value(above) - self._value(below)) / (above[k] - below[k])
        return slopes


@checked_call
def objective(
    function: Callable[[Array], Any],
    gradient: Callable[[Array], Any] | None = None,
    *,
    start: Any,
    name: str | None = None,
) -> FunctionObjective:
    """An objective from a function of one vector, with any number of parameters.

    Parameters
    ----------
    function : callable
        `theta (P,) -> number`, as `scipy.optimize` takes it.
    gradient : callable, optional
        `theta (P,) -> (P,)`; central differences unless given, good to about 10 digits where f is smooth.
    start : array (P,), or a number
    name : str, optional
        That of the function unless given.

    Returns
    -------
    FunctionObjective

    Raises
    ------
    BadInput
        When the function is none, or the start is not a list of finite numbers.

    Examples
    --------
    >>> bowl = objective(lambda v: v @ v, start=np.ones(3))
    >>> float(bowl.value(bowl.start)), bowl.gradient(bowl.start).round(8).tolist()
    (3.0, [2.0, 2.0, 2.0])
    """
    if not callable(function) or isclass(function):
        raise BadInput(f"an objective is made of a function of one vector, got {function!r:.80}")
    try:
        place = np.atleast_1d(np.array(start, dtype=float))
    except (TypeError, ValueError):
        place = np.empty(0)
    if place.ndim != 1 or not place.size or not np.isfinite(place).all():
        raise BadInput(f"must be a list of finite numbers, one a parameter, got {start!r:.80}", field="start")
    if place.size == 1 and takes_numbers_alone(function, place):
        function, gradient = partial(number_of, function), gradient and partial(number_of, gradient)
    return FunctionObjective(
        function, gradient, place, name or str(getattr(function, "__name__", "function"))
    )


def real_numbers(found: Any, name: str) -> Array:
    """What a function of a user's own gave, as an array of floats; refuses what is no real number."""
    try:
        array = np.asarray(found)
    except ValueError:  # a ragged list
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise BadInput(f"{name}: gives {found!r:.80} where numbers are needed")
    return array.astype(float)


@contextmanager
def located_writes(name: str) -> Iterator[None]:
    """Tells of a function that changes the theta that it is given, which is a read-only view."""
    try:
        yield
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        raise BadInput(
            f"{name}: writes into theta; make a new array: theta = theta + 1, not theta += 1"
        ) from error


def takes_numbers_alone(function: Callable[..., Any], place: Array) -> bool:
    """Whether a function of one variable works for a number and not for an array, as `math.sin` does."""
    with np.errstate(all="ignore"):
        try:
            function(place)
        except TypeError:
            pass
        else:
            return False
        try:
            function(float(place[0]))
        except (TypeError, ValueError, ArithmeticError):
            return False
    return True


def number_of(function: Callable[..., Any], theta: Array) -> Array:
    """A function of one number, at a vector (1,)."""
    return np.reshape(function(float(theta[0])), 1)


def takes_a_vector(function: Callable[..., Any]) -> bool:
    """Whether a function needs one argument by its place rather than two."""
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):  # some functions written in C do not tell
        return False
    by_place = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    if any(p.kind is Parameter.VAR_POSITIONAL for p in parameters):
        return False
    return sum(p.kind in by_place and p.default is Parameter.empty for p in parameters) == 1


def of_coordinates(function: Callable[..., Any], outputs: int = 1) -> Callable[[Any, Any], Any]:
    """A function of a vector (2,) as one of x and y, numbers or arrays of one shape."""

    def elementwise(x: Any, y: Any) -> Any:
        x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        pairs = np.stack([x.ravel(), y.ravel()], axis=1)
        found = np.array([np.reshape(function(pair), outputs) for pair in pairs], dtype=float)
        columns = [found[:, k].reshape(x.shape)[()] for k in range(outputs)]
        return columns[0] if outputs == 1 else tuple(columns)

    return elementwise
