"""Keras' one name for three rules."""

from optiviz.notation import Decay, Rate
from optiviz.optimizers.gd import GD
from optiviz.optimizers.momentum import Momentum
from optiviz.optimizers.nag import NAG


def SGD(
    learning_rate: Rate = 0.01, momentum: Decay = 0.0, nesterov: bool = False
) -> GD | Momentum | NAG:
    """The rule that `keras.optimizers.SGD` would be with these arguments.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.01
    momentum : float or array (N,), default 0.0
        0 gives `GD`, whatever `nesterov` says.
    nesterov : bool, default False
        True gives `NAG`, False `Momentum`.

    Examples
    --------
    >>> SGD(0.1), SGD(0.1, momentum=0.9)
    (GD(learning_rate=0.1), Momentum(learning_rate=0.1, momentum=0.9))
    >>> SGD(0.1, momentum=0.9, nesterov=True)
    NAG(learning_rate=0.1, momentum=0.9)
    """
    if isinstance(momentum, int | float) and momentum == 0:
        return GD(learning_rate)
    return NAG(learning_rate, momentum) if nesterov else Momentum(learning_rate, momentum)
