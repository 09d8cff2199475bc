"""AdamW: Adam, with weights that shrink on their own account."""

from typing import Literal

from optiviz._lib.calls import checked_call
from optiviz._lib.typing import Decay, Rate, Small
from optiviz.optimizers.adam import Adam
from optiviz.optimizers.wrappers import WeightDecay


@checked_call
def AdamW(
    learning_rate: Rate = 0.001,
    weight_decay: Small = 0.004,
    beta_1: Decay = 0.9,
    beta_2: Decay = 0.999,
    epsilon: Small = 1e-7,
    *,
    epsilon_hat: bool = True,
    epsilon_root: Small = 0.0,
    amsgrad: bool | Literal["max_v", "max_v_hat"] = False,
    bias_correction: bool = True,
) -> WeightDecay:
    """theta = theta (1 - rate weight_decay), then Adam's step: `WeightDecay` around `Adam`.

    The shrinking does not pass through the moments, so every weight shrinks at the same pace,
    however steep its slope.

    Parameters
    ----------
    learning_rate : float, array (N,) or schedule, default 0.001
    weight_decay : float or array (N,), default 0.004
        torch has 0.01, optax 0.0001.
    beta_1, beta_2, epsilon, epsilon_hat, epsilon_root, amsgrad, bias_correction
        As in `Adam`.

    Examples
    --------
    >>> rule = AdamW(learning_rate=0.1, weight_decay=0.5)
    >>> rule.optimizer == Adam(learning_rate=0.1), rule.weight_decay, rule.decoupled
    (True, 0.5, True)

    References
    ----------
    I. Loshchilov, F. Hutter, Decoupled weight decay regularization, ICLR 2019 (there the decay is
    not multiplied by the rate, only by its schedule); form and defaults of Keras 3.
    """
    adam = Adam(
        learning_rate,
        beta_1,
        beta_2,
        epsilon,
        epsilon_hat=epsilon_hat,
        epsilon_root=epsilon_root,
        amsgrad=amsgrad,
        bias_correction=bias_correction,
    )
    return WeightDecay(adam, weight_decay)
