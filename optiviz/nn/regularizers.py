"""Regularizers: what the loss pays for large kernels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Protocol

import numpy as np

from optiviz._lib.calls import checked_settings
from optiviz._lib.errors import BadInput
from optiviz._lib.registry import check_settings
from optiviz._lib.typing import Array, Bounds
from optiviz.nn.parts import look_up_part

Price = Annotated[float, Bounds(low=0.0, high=1e6)]
Penalties = Sequence[tuple[slice, "Regularizer"]]  # where a kernel lies in theta, and what is paid for it


class Regularizer(Protocol):
    """A function of the numbers of a kernel."""

    def pull(self, w: Array) -> tuple[Array, Array]:
        """The price of w (K,) or (K, N), () or (N,), and its slope, shaped like w."""
        ...


@checked_settings
@dataclass(frozen=True)
class L1L2:
    """l1 sum |w| + l2 sum w^2, and its slope l1 sign(w) + 2 l2 w.

    Examples
    --------
    >>> price, slope = L1L2(l1=1.0, l2=0.5).pull(np.array([2.0, -1.0]))
    >>> float(price), slope.tolist()
    (5.5, [3.0, -2.0])
    """

    l1: Price = 0.0
    l2: Price = 0.0

    def __post_init__(self) -> None:
        check_settings(self)

    def pull(self, w: Array) -> tuple[Array, Array]:
        price = self.l1 * np.add.reduce(np.maximum(w, -w), axis=0) + self.l2 * np.add.reduce(w * w, axis=0)
        return price, self.l1 * np.sign(w.real) + 2.0 * self.l2 * w


def L1(l1: Price = 0.01) -> L1L2:
    """l1 sum |w|: weights that matter little become 0.

    >>> L1()
    L1L2(l1=0.01, l2=0.0)
    """
    return L1L2(l1=l1)


def L2(l2: Price = 0.01) -> L1L2:
    """l2 sum w^2: weights stay small; note that it is not halved.

    >>> L2()
    L1L2(l1=0.0, l2=0.01)
    """
    return L1L2(l2=l2)


# The index: Keras' names and defaults.
REGULARIZERS: Mapping[str, Callable[..., Regularizer]] = MappingProxyType({"l1": L1, "l2": L2, "l1_l2": L1L2})


def regularizer(given: Any) -> Regularizer | None:
    """The regularizer that a user writes: a name, a table with settings, an object with `pull`, or None.

    >>> regularizer({"kind": "l2", "l2": 0.5})
    L1L2(l1=0.0, l2=0.5)
    """
    if given is None or callable(getattr(given, "pull", None)):
        return given  # type: ignore[no-any-return]
    if not isinstance(given, str | Mapping):
        told = f"must be a name such as 'l2', or a table, got {given!r:.80}"
        raise BadInput(told, field="kernel_regularizer")
    maker, settings = look_up_part("regularizer", REGULARIZERS, given)
    return maker(**settings)  # type: ignore[no-any-return]


def penalties_of(layers: Sequence[Any], names: Sequence[str], parameters: Mapping[str, Any]) -> Penalties:
    """The kernels of a network that pay, and what."""
    given = (regularizer(getattr(part, "kernel_regularizer", None)) for part in layers)
    paid = zip(names, given, strict=True)
    return tuple((parameters[f"{name}/kernel"].at, rule) for name, rule in paid if rule is not None)


def price_of(penalties: Penalties, theta: Array) -> Array:
    """What theta (P,) or (P, N) pays in all: () or (N,)."""
    total: Array = np.zeros(theta.shape[1:])
    for at, rule in penalties:
        total = total + rule.pull(theta[at])[0]
    return total


def with_price(penalties: Penalties, theta: Array, value: Array, gradient: Array) -> tuple[Array, Array]:
    """A loss and its gradient with what theta pays added."""
    gradient = np.array(gradient)  # in its own order
    for at, rule in penalties:
        price, slope = rule.pull(theta[at])
        value = value + price
        gradient[at] += slope
    return value, gradient
