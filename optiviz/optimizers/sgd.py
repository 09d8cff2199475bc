"""Keras' one name for three rules."""

import numpy as np

from optiviz._lib.calls import checked_call
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Rate, Share
from optiviz.optimizers.gd import GD
from optiviz.optimizers.momentum import Momentum
from optiviz.optimizers.nag import NAG


@checked_call
def SGD(
    learning_rate: Rate = 0.01,
    momentum: Share = 0.0,
    nesterov: bool = False,
    *,
    rate_inside: bool = True,
    dampening: Share = 0.0,
) -> GD | Momentum | NAG:
    """The rule that `keras.optimizers.SGD` would be with these arguments.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.01
    momentum : float or array (N,), default 0.0
        0 gives `GD`, whatever the rest says.
    nesterov : bool, default False
        True gives `NAG`, False `Momentum`.
    rate_inside : bool, default True
        See `Momentum`; False is the form of torch and optax.
    dampening : float or array (N,), default 0.0
        See `Momentum`; Nesterov's rule has none.

    Examples
    --------
    >>> SGD(0.1)
    GD(learning_rate=0.1)
    >>> SGD(0.1, momentum=0.9)
    Momentum(learning_rate=0.1, momentum=0.9, rate_inside=True, dampening=0.0)
    >>> SGD(0.1, momentum=0.9, nesterov=True)
    NAG(learning_rate=0.1, momentum=0.9, rate_inside=True)
    """
    if nesterov and np.any(dampening):
        raise BadInput(
            f"Nesterov's rule has no dampening; it must be 0, got {dampening!r}",
            field="dampening",
            part="SGD",
        )
    if isinstance(momentum, int | float) and momentum == 0:
        return GD(learning_rate)
    if nesterov:
        return NAG(learning_rate, momentum, rate_inside=rate_inside)
    return Momentum(learning_rate, momentum, rate_inside=rate_inside, dampening=dampening)
