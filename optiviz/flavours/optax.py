"""optax 0.2 as it spells itself: its functions, arguments, defaults and rules.

`learning_rate` has no default there and none here. `mask` and `mu_dtype` are not taken.
For `optax.chain(clip_by_global_norm(c), adam(...))` wrap the result: `Clip(optax.adam(...), norm=c)`.
"""

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Decay, Positive, Rate, Share, Small
from optiviz.flavours.naming import decayed, framework_spelling, two_betas
from optiviz.optimizers import (
    LAMB,
    LARS,
    SGD,
    AdaBelief,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    Adan,
    AdEMAMix,
    Lion,
    Nadam,
    Prodigy,
    RAdam,
    RMSprop,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    Signum,
    Yogi,
)  # fmt: skip
from optiviz.optimizers.base import Rated


@framework_spelling("optax.sgd")
def sgd(learning_rate: Rate, momentum: Share | None = None, nesterov: bool = False) -> Rated:
    """Plain descent, or with `momentum` the ball with the rate outside."""
    return SGD(learning_rate, 0.0 if momentum is None else momentum, nesterov, rate_inside=False)


@framework_spelling("optax.adagrad")
def adagrad(learning_rate: Rate, initial_accumulator_value: Small = 0.1, eps: Small = 1e-7) -> Rated:
    """Adagrad with epsilon under the root."""
    return Adagrad(learning_rate, initial_accumulator_value, eps)


@framework_spelling("optax.adadelta")
def adadelta(learning_rate: Rate, rho: Decay = 0.9, eps: Small = 1e-6, weight_decay: Small = 0.0) -> Rated:
    """Adadelta; its weight decay is coupled, alone in optax."""
    return decayed(Adadelta(learning_rate, rho, eps), weight_decay, decoupled=False)


@framework_spelling("optax.rmsprop")
def rmsprop(
    learning_rate: Rate,
    decay: Decay = 0.9,
    eps: Small = 1e-8,
    initial_scale: Small = 0.0,
    eps_in_sqrt: bool = True,
    centered: bool = False,
    momentum: Share | None = None,
    nesterov: bool = False,
    bias_correction: bool = False,
) -> Rated:
    """RMSprop with epsilon under the root and the rate inside the momentum.

    Centered, bias-corrected and with epsilon outside the root, optax 0.2.8 gives NaN at step 1; we do not.
    """
    return RMSprop(
        learning_rate,
        decay,
        eps,
        epsilon_inside_sqrt=eps_in_sqrt,
        momentum=0.0 if momentum is None else momentum,
        nesterov=nesterov,
        centered=centered,
        initial_scale=initial_scale,
        bias_correction=bias_correction,
    )


@framework_spelling("optax.adam")
def adam(
    learning_rate: Rate,
    b1: Decay = 0.9,
    b2: Decay = 0.999,
    eps: Small = 1e-8,
    eps_root: Small = 0.0,
    *,
    nesterov: bool = False,
) -> Rated:
    """Adam with epsilon after the bias correction; with `nesterov` it is `nadam`."""
    if not nesterov:
        return Adam(learning_rate, b1, b2, eps, epsilon_hat=False, epsilon_root=eps_root)
    if not (isinstance(eps_root, int | float) and eps_root == 0):
        raise BadInput(f"must be 0 when nesterov is true, got {eps_root!r}", field="eps_root")
    return Nadam(learning_rate, b1, b2, eps, momentum_decay=None)


@framework_spelling("optax.adamw")
def adamw(
    learning_rate: Rate,
    b1: Decay = 0.9,
    b2: Decay = 0.999,
    eps: Small = 1e-8,
    eps_root: Small = 0.0,
    weight_decay: Small = 1e-4,
    *,
    nesterov: bool = False,
) -> Rated:
    """Adam with decoupled weight decay."""
    rule = adam(learning_rate, b1, b2, eps, eps_root, nesterov=nesterov)
    return decayed(rule, weight_decay, decoupled=True)


@framework_spelling("optax.amsgrad")
def amsgrad(
    learning_rate: Rate,
    b1: Decay = 0.9,
    b2: Decay = 0.999,
    eps: Small = 1e-8,
    eps_root: Small = 0.0,
    bias_correction_mu: bool = True,
    bias_correction_nu: bool = True,
) -> Rated:
    """Adam divided by the largest bias-corrected v so far; without both corrections it is the paper's."""
    if bias_correction_mu != bias_correction_nu:
        raise BadInput("bias_correction_mu and bias_correction_nu must be equal here")
    return Adam(
        learning_rate,
        b1,
        b2,
        eps,
        epsilon_hat=False,
        epsilon_root=eps_root,
        amsgrad="max_v_hat",
        bias_correction=bias_correction_mu,
    )


@framework_spelling("optax.nadam")
def nadam(learning_rate: Rate, b1: Decay = 0.9, b2: Decay = 0.999, eps: Small = 1e-8) -> Rated:
    """Nadam without a momentum warm-up."""
    return Nadam(learning_rate, b1, b2, eps, momentum_decay=None)


@framework_spelling("optax.nadamw")
def nadamw(
    learning_rate: Rate,
    b1: Decay = 0.9,
    b2: Decay = 0.999,
    eps: Small = 1e-8,
    weight_decay: Small = 1e-4,
) -> Rated:
    """`nadam` with decoupled weight decay."""
    return decayed(nadam(learning_rate, b1, b2, eps), weight_decay, decoupled=True)


@framework_spelling("optax.adamax")
def adamax(learning_rate: Rate, b1: Decay = 0.9, b2: Decay = 0.999, eps: Small = 1e-8) -> Rated:
    """Adamax with epsilon added to |g| inside the maximum."""
    return Adamax(learning_rate, b1, b2, eps, epsilon_inside_max=True)


@framework_spelling("optax.adamaxw")
def adamaxw(
    learning_rate: Rate,
    b1: Decay = 0.9,
    b2: Decay = 0.999,
    eps: Small = 1e-8,
    weight_decay: Small = 1e-4,
) -> Rated:
    """`adamax` with decoupled weight decay."""
    return decayed(adamax(learning_rate, b1, b2, eps), weight_decay, decoupled=True)


@framework_spelling("optax.lion")
def lion(learning_rate: Rate, b1: Decay = 0.9, b2: Decay = 0.99, weight_decay: Small = 1e-3) -> Rated:
    """Lion with decoupled weight decay."""
    return decayed(Lion(learning_rate, b1, b2), weight_decay, decoupled=True)


@framework_spelling("optax.radam")
def radam(
    learning_rate: Rate,
    b1: Decay = 0.9,
    b2: Decay = 0.999,
    eps: Small = 1e-8,
    threshold: Small = 5.0,
) -> Rated:
    """RAdam, rectified once rho_t >= threshold, with epsilon after the bias correction."""
    return RAdam(learning_rate, b1, b2, eps, epsilon_hat=False, threshold=threshold)


@framework_spelling("optax.adabelief")
def adabelief(
    learning_rate: Rate, b1: Decay = 0.9, b2: Decay = 0.999, eps: Small = 1e-16, eps_root: Small = 1e-16
) -> Rated:
    """AdaBelief; `eps_root` is added to s itself at every step."""
    return AdaBelief(learning_rate, b1, b2, eps, eps_root)


@framework_spelling("optax.yogi")
def yogi(learning_rate: Rate, b1: Decay = 0.9, b2: Decay = 0.999, eps: Small = 1e-3) -> Rated:
    """Yogi; both means begin at 1e-6."""
    return Yogi(learning_rate, b1, b2, eps)


@framework_spelling("optax.adan")
def adan(
    learning_rate: Rate,
    b1: Decay = 0.98,
    b2: Decay = 0.92,
    b3: Decay = 0.99,
    eps: Small = 1e-8,
    eps_root: Small = 1e-8,
    weight_decay: Small = 0.0,
) -> Rated:
    """Adan with decoupled weight decay; the paper divides by 1 + rate weight_decay instead."""
    return decayed(Adan(learning_rate, b1, b2, b3, eps, eps_root), weight_decay, decoupled=True)


@framework_spelling("optax.sign_sgd")
def sign_sgd(learning_rate: Rate) -> Rated:
    """Sign descent without momentum."""
    return Signum(learning_rate, 0.0)


@framework_spelling("optax.lamb")
def lamb(
    learning_rate: Rate,
    b1: Decay = 0.9,
    b2: Decay = 0.999,
    eps: Small = 1e-6,
    weight_decay: Small = 0.0,
) -> Rated:
    """LAMB with weight decay inside its factor."""
    return LAMB(learning_rate, b1, b2, eps, weight_decay)


@framework_spelling("optax.lars")
def lars(
    learning_rate: Rate,
    weight_decay: Small = 0.0,
    trust_coefficient: Small = 0.001,
    eps: Small = 0.0,
    momentum: Share = 0.9,
    nesterov: bool = False,
) -> Rated:
    """LARS with the rate inside the momentum."""
    return LARS(learning_rate, momentum, trust_coefficient, weight_decay, eps, nesterov=nesterov)


@framework_spelling("optax.adafactor")
def adafactor(
    learning_rate: Rate,
    min_dim_size_to_factor: int = 128,
    decay_rate: Share = 0.8,
    clipping_threshold: Positive = 1.0,
    eps: Small = 1e-30,
) -> Rated:
    """Adafactor without a relative step, which keeps rows and columns from 128 on.

    optax works its decay out in float32: its paths are 1e-8 off these.
    """
    return Adafactor(
        learning_rate, decay_rate, eps, 1e-3, clipping_threshold, epsilon_inside=True, relative_step=False,
        least_side=min_dim_size_to_factor,
    )  # fmt: skip


@framework_spelling("optax.contrib.ademamix")
def ademamix(
    learning_rate: Rate,
    b1: Decay = 0.9,
    b2: Decay = 0.999,
    b3: Decay = 0.9999,
    alpha: Small = 5.0,
    eps: Small = 1e-8,
    eps_root: Small = 0.0,
    weight_decay: Small = 0.0,
) -> Rated:
    """AdEMAMix with constant b3 and alpha, and decoupled weight decay."""
    rule = AdEMAMix(learning_rate, b1, b2, b3, alpha, eps, eps_root)
    return decayed(rule, weight_decay, decoupled=True)


@framework_spelling("optax.contrib.prodigy")
def prodigy(
    learning_rate: Rate = 1.0,
    betas: tuple[Decay, Decay] = (0.9, 0.999),
    eps: Small = 1e-8,
    estim_lr0: Positive = 1e-6,
    estim_lr_coef: Positive = 1.0,
) -> Rated:
    """Prodigy with Adam's correction of the bias, which its authors leave out; no weight decay."""
    return Prodigy(learning_rate, *two_betas(betas), eps, estim_lr0, estim_lr_coef, bias_correction=True)


@framework_spelling("optax.contrib.schedule_free_sgd")
def schedule_free_sgd(learning_rate: Rate = 1.0, b1: Share = 0.9) -> Rated:
    """Schedule-Free descent; without a warm-up, which optax counts one step late."""
    return ScheduleFreeSGD(learning_rate, b1)


@framework_spelling("optax.contrib.schedule_free_adamw")
def schedule_free_adamw(
    learning_rate: Rate = 0.0025,
    b1: Share = 0.9,
    b2: Decay = 0.999,
    eps: Small = 1e-8,
    weight_decay: Small = 0.0,
) -> Rated:
    """Schedule-Free AdamW; without a warm-up, which optax counts one step late."""
    return ScheduleFreeAdamW(learning_rate, b1, b2, eps, weight_decay)
