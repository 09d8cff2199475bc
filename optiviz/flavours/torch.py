"""torch.optim as torch 2.13 spells it: its classes, arguments, defaults and rules.

Weight decay is coupled (added to the gradient) unless a rule says otherwise. `foreach`, `fused`,
`capturable`, `differentiable` change no number and `maximize` is the same as a negated loss; none of
them is taken. For `clip_grad_norm_(parameters, c)` wrap the result:
`Clip(torch.Adam(), norm=c, epsilon=1e-6)`.
"""

from typing import Literal

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Decay, Positive, Rate, Share, Small
from optiviz.flavours.naming import decayed, framework_spelling, two_betas, two_numbers
from optiviz.optimizers import (
    adadelta,
    adafactor,
    adagrad,
    adam,
    adamax,
    muon,
    nadam,
    radam,
    rmsprop,
    rprop,
    sgd,
)  # fmt: skip
from optiviz.optimizers.base import Rated

Betas = tuple[Decay, Decay]


@framework_spelling("torch.SGD")
def SGD(
    lr: Rate = 1e-3,
    momentum: Share = 0.0,
    dampening: Share = 0.0,
    weight_decay: Small = 0.0,
    nesterov: bool = False,
) -> Rated:
    """Plain descent, or with `momentum` the ball with the rate outside: theta = theta - lr b."""
    if nesterov and isinstance(momentum, int | float) and momentum == 0:
        raise BadInput("nesterov needs a momentum greater than 0", field="nesterov")
    rule = sgd.SGD(lr, momentum, nesterov, rate_inside=False, dampening=dampening)
    return decayed(rule, weight_decay, decoupled=False)


@framework_spelling("torch.Adagrad")
def Adagrad(
    lr: Rate = 1e-2,
    lr_decay: Small = 0.0,
    weight_decay: Small = 0.0,
    initial_accumulator_value: Small = 0.0,
    eps: Small = 1e-10,
) -> Rated:
    """Adagrad with epsilon outside the root."""
    rule = adagrad.Adagrad(
        lr, initial_accumulator_value, eps, epsilon_inside_sqrt=False, learning_rate_decay=lr_decay
    )
    return decayed(rule, weight_decay, decoupled=False)


@framework_spelling("torch.Adadelta")
def Adadelta(lr: Rate = 1.0, rho: Decay = 0.9, eps: Small = 1e-6, weight_decay: Small = 0.0) -> Rated:
    """Adadelta with a shorter memory than the paper's 0.95."""
    return decayed(adadelta.Adadelta(lr, rho, eps), weight_decay, decoupled=False)


@framework_spelling("torch.RMSprop")
def RMSprop(
    lr: Rate = 1e-2,
    alpha: Decay = 0.99,
    eps: Small = 1e-8,
    weight_decay: Small = 0.0,
    momentum: Share = 0.0,
    centered: bool = False,
) -> Rated:
    """RMSprop with epsilon outside the root and the rate outside the momentum."""
    rule = rmsprop.RMSprop(
        lr, alpha, eps, epsilon_inside_sqrt=False, momentum=momentum, rate_inside=False, centered=centered
    )
    return decayed(rule, weight_decay, decoupled=False)


@framework_spelling("torch.Adam")
def Adam(
    lr: Rate = 1e-3,
    betas: Betas = (0.9, 0.999),
    eps: Small = 1e-8,
    weight_decay: Small = 0.0,
    amsgrad: bool = False,
    *,
    decoupled_weight_decay: bool = False,
) -> Rated:
    """Adam with epsilon after the bias correction, as in the paper's Algorithm 1."""
    rule = adam.Adam(lr, *two_betas(betas), eps, epsilon_hat=False, amsgrad=amsgrad)
    return decayed(rule, weight_decay, decoupled=decoupled_weight_decay)


@framework_spelling("torch.AdamW")
def AdamW(
    lr: Rate = 1e-3,
    betas: Betas = (0.9, 0.999),
    eps: Small = 1e-8,
    weight_decay: Small = 1e-2,
    amsgrad: bool = False,
) -> Rated:
    """Adam with decoupled weight decay."""
    rule = adam.Adam(lr, *two_betas(betas), eps, epsilon_hat=False, amsgrad=amsgrad)
    return decayed(rule, weight_decay, decoupled=True)


@framework_spelling("torch.NAdam")
def NAdam(
    lr: Rate = 2e-3,
    betas: Betas = (0.9, 0.999),
    eps: Small = 1e-8,
    weight_decay: Small = 0.0,
    momentum_decay: Small = 4e-3,
    decoupled_weight_decay: bool = False,
) -> Rated:
    """Nadam with the slow momentum warm-up of the paper."""
    rule = nadam.Nadam(lr, *two_betas(betas), eps, momentum_decay=momentum_decay)
    return decayed(rule, weight_decay, decoupled=decoupled_weight_decay)


@framework_spelling("torch.RAdam")
def RAdam(
    lr: Rate = 1e-3,
    betas: Betas = (0.9, 0.999),
    eps: Small = 1e-8,
    weight_decay: Small = 0.0,
    decoupled_weight_decay: bool = False,
) -> Rated:
    """RAdam, rectified once rho_t > 5, with epsilon before the bias correction."""
    return decayed(radam.RAdam(lr, *two_betas(betas), eps), weight_decay, decoupled=decoupled_weight_decay)


@framework_spelling("torch.Adamax")
def Adamax(
    lr: Rate = 2e-3, betas: Betas = (0.9, 0.999), eps: Small = 1e-8, weight_decay: Small = 0.0
) -> Rated:
    """Adamax with epsilon added to |g| inside the maximum."""
    rule = adamax.Adamax(lr, *two_betas(betas), eps, epsilon_inside_max=True)
    return decayed(rule, weight_decay, decoupled=False)


@framework_spelling("torch.Rprop")
def Rprop(
    lr: Small = 1e-2,
    etas: tuple[Decay, Small] = (0.5, 1.2),
    step_sizes: tuple[Positive, Positive] = (1e-6, 50.0),
) -> Rated:
    """Rprop without a way back; `lr` is the first step."""
    return rprop.Rprop(lr, *two_numbers("etas", etas), *two_numbers("step_sizes", step_sizes))


@framework_spelling("torch.Adafactor")
def Adafactor(
    lr: Rate = 1e-2,
    beta2_decay: float = -0.8,
    eps: tuple[Small | None, Small] = (None, 1e-3),
    d: Positive = 1.0,
) -> Rated:
    """Adafactor per variable, without weight decay; the first of `eps` is a bound, 2.2e-16 unless given."""
    first, second = two_numbers("eps", eps)
    least = float(np.finfo(float).eps) if first is None else first
    return adafactor.Adafactor(lr, -beta2_decay, least, second, d)


@framework_spelling("torch.Muon")
def Muon(
    lr: Rate = 1e-3,
    weight_decay: Small = 0.1,
    momentum: Share = 0.95,
    nesterov: bool = True,
    ns_coefficients: tuple[float, float, float] = muon.QUINTIC,
    eps: Small = 1e-7,
    ns_steps: int = 5,
    adjust_lr_fn: Literal["original", "match_rms_adamw"] | None = None,
) -> Rated:
    """Muon in float64 where torch has bfloat16; vectors, which torch refuses, take Adam's steps."""
    rule = muon.Muon(
        lr,
        momentum,
        nesterov,
        ns_steps,
        adjust_lr_fn or "original",
        epsilon=eps,
        coefficients=ns_coefficients,
    )
    return decayed(rule, weight_decay, decoupled=True)
