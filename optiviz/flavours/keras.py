"""keras.optimizers as Keras 3.15 spells it: its classes, arguments, defaults and rules.

Ours are Keras' rules already, save Adadelta's rate. Weight decay is decoupled for every rule, and the
gradient is clipped before it. `use_ema`, `gradient_accumulation_steps`, `loss_scale_factor` and `name`
are not taken.
"""

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Decay, Positive, Rate, Share, Small
from optiviz.flavours.naming import decayed, framework_spelling
from optiviz.optimizers import (
    adadelta,
    adafactor,
    adagrad,
    adam,
    adamax,
    ftrl,
    lamb,
    lion,
    muon,
    nadam,
    rmsprop,
    sgd,
)  # fmt: skip
from optiviz.optimizers.base import Rated
from optiviz.optimizers.wrappers import Clip


def finished(
    rule: Rated,
    weight_decay: Small | None,
    clipnorm: Positive | None,
    clipvalue: Positive | None,
    global_clipnorm: Positive | None,
) -> Rated:
    """`rule` with what every Keras optimizer can do besides: clip, then decay the weights, then step."""
    rule = decayed(rule, weight_decay, decoupled=True)
    if clipnorm is None and clipvalue is None and global_clipnorm is None:
        return rule
    return Clip(rule, value=clipvalue, norm=clipnorm, global_norm=global_clipnorm)


@framework_spelling("keras.SGD")
def SGD(
    learning_rate: Rate = 0.01,
    momentum: Share = 0.0,
    nesterov: bool = False,
    weight_decay: Small | None = None,
    clipnorm: Positive | None = None,
    clipvalue: Positive | None = None,
    global_clipnorm: Positive | None = None,
) -> Rated:
    """Plain descent, or a ball (`Momentum`, `NAG`) with the rate inside the velocity."""
    rule = sgd.SGD(learning_rate, momentum, nesterov)
    return finished(rule, weight_decay, clipnorm, clipvalue, global_clipnorm)


@framework_spelling("keras.Adagrad")
def Adagrad(
    learning_rate: Rate = 0.001,
    initial_accumulator_value: Small = 0.1,
    epsilon: Small = 1e-7,
    weight_decay: Small | None = None,
    clipnorm: Positive | None = None,
    clipvalue: Positive | None = None,
    global_clipnorm: Positive | None = None,
) -> Rated:
    """Adagrad with epsilon under the root, which starts at 0.1."""
    rule = adagrad.Adagrad(learning_rate, initial_accumulator_value, epsilon)
    return finished(rule, weight_decay, clipnorm, clipvalue, global_clipnorm)


@framework_spelling("keras.Adadelta")
def Adadelta(
    learning_rate: Rate = 0.001,
    rho: Decay = 0.95,
    epsilon: Small = 1e-7,
    weight_decay: Small | None = None,
    clipnorm: Positive | None = None,
    clipvalue: Positive | None = None,
    global_clipnorm: Positive | None = None,
) -> Rated:
    """Adadelta at a thousandth of its pace; Keras' own text says to use 1.0 for the paper's."""
    rule = adadelta.Adadelta(learning_rate, rho, epsilon)
    return finished(rule, weight_decay, clipnorm, clipvalue, global_clipnorm)


@framework_spelling("keras.RMSprop")
def RMSprop(
    learning_rate: Rate = 0.001,
    rho: Decay = 0.9,
    momentum: Share = 0.0,
    epsilon: Small = 1e-7,
    centered: bool = False,
    weight_decay: Small | None = None,
    clipnorm: Positive | None = None,
    clipvalue: Positive | None = None,
    global_clipnorm: Positive | None = None,
) -> Rated:
    """RMSprop with epsilon under the root and the rate inside the momentum."""
    rule = rmsprop.RMSprop(learning_rate, rho, epsilon, momentum=momentum, centered=centered)
    return finished(rule, weight_decay, clipnorm, clipvalue, global_clipnorm)


@framework_spelling("keras.Adam")
def Adam(
    learning_rate: Rate = 0.001,
    beta_1: Decay = 0.9,
    beta_2: Decay = 0.999,
    epsilon: Small = 1e-7,
    amsgrad: bool = False,
    weight_decay: Small | None = None,
    clipnorm: Positive | None = None,
    clipvalue: Positive | None = None,
    global_clipnorm: Positive | None = None,
) -> Rated:
    """Adam with epsilon before the bias correction: the paper's epsilon-hat."""
    rule = adam.Adam(learning_rate, beta_1, beta_2, epsilon, amsgrad=amsgrad)
    return finished(rule, weight_decay, clipnorm, clipvalue, global_clipnorm)


@framework_spelling("keras.AdamW")
def AdamW(
    learning_rate: Rate = 0.001,
    weight_decay: Small = 0.004,
    beta_1: Decay = 0.9,
    beta_2: Decay = 0.999,
    epsilon: Small = 1e-7,
    amsgrad: bool = False,
    clipnorm: Positive | None = None,
    clipvalue: Positive | None = None,
    global_clipnorm: Positive | None = None,
) -> Rated:
    """Adam with weight decay; every Keras optimizer can have it, this one has it by default."""
    rule = adam.Adam(learning_rate, beta_1, beta_2, epsilon, amsgrad=amsgrad)
    return finished(rule, weight_decay, clipnorm, clipvalue, global_clipnorm)


@framework_spelling("keras.Nadam")
def Nadam(
    learning_rate: Rate = 0.001,
    beta_1: Decay = 0.9,
    beta_2: Decay = 0.999,
    epsilon: Small = 1e-7,
    weight_decay: Small | None = None,
    clipnorm: Positive | None = None,
    clipvalue: Positive | None = None,
    global_clipnorm: Positive | None = None,
) -> Rated:
    """Nadam with a fast momentum warm-up: 0.96^t, where the paper and torch have 0.96^(0.004 t)."""
    rule = nadam.Nadam(learning_rate, beta_1, beta_2, epsilon)
    return finished(rule, weight_decay, clipnorm, clipvalue, global_clipnorm)


@framework_spelling("keras.Adamax")
def Adamax(
    learning_rate: Rate = 0.001,
    beta_1: Decay = 0.9,
    beta_2: Decay = 0.999,
    epsilon: Small = 1e-7,
    weight_decay: Small | None = None,
    clipnorm: Positive | None = None,
    clipvalue: Positive | None = None,
    global_clipnorm: Positive | None = None,
) -> Rated:
    """Adamax with epsilon outside the maximum."""
    rule = adamax.Adamax(learning_rate, beta_1, beta_2, epsilon)
    return finished(rule, weight_decay, clipnorm, clipvalue, global_clipnorm)


@framework_spelling("keras.Lion")
def Lion(
    learning_rate: Rate = 0.001,
    beta_1: Decay = 0.9,
    beta_2: Decay = 0.99,
    weight_decay: Small | None = None,
    clipnorm: Positive | None = None,
    clipvalue: Positive | None = None,
    global_clipnorm: Positive | None = None,
) -> Rated:
    """Lion."""
    rule = lion.Lion(learning_rate, beta_1, beta_2)
    return finished(rule, weight_decay, clipnorm, clipvalue, global_clipnorm)


@framework_spelling("keras.Ftrl")
def Ftrl(
    learning_rate: Rate = 0.001,
    initial_accumulator_value: Small = 0.1,
    l1_regularization_strength: Small = 0.0,
    l2_regularization_strength: Small = 0.0,
    l2_shrinkage_regularization_strength: Small = 0.0,
    beta: Small = 0.0,
    weight_decay: Small | None = None,
    clipnorm: Positive | None = None,
    clipvalue: Positive | None = None,
    global_clipnorm: Positive | None = None,
) -> Rated:
    """Ftrl with its `learning_rate_power` of -0.5; the start is forgotten at the first step."""
    rule = ftrl.Ftrl(
        learning_rate,
        initial_accumulator_value,
        l1_regularization_strength,
        l2_regularization_strength,
        l2_shrinkage_regularization_strength,
        beta,
    )
    return finished(rule, weight_decay, clipnorm, clipvalue, global_clipnorm)


@framework_spelling("keras.Lamb")
def Lamb(
    learning_rate: Rate = 0.001,
    beta_1: Decay = 0.9,
    beta_2: Decay = 0.999,
    epsilon: Small = 1e-7,
    weight_decay: Small | None = None,
    clipnorm: Positive | None = None,
    clipvalue: Positive | None = None,
    global_clipnorm: Positive | None = None,
) -> Rated:
    """LAMB with weight decay outside of its factor."""
    rule = lamb.LAMB(learning_rate, beta_1, beta_2, epsilon)
    return finished(rule, weight_decay, clipnorm, clipvalue, global_clipnorm)


@framework_spelling("keras.Adafactor")
def Adafactor(
    learning_rate: Rate = 0.001,
    beta_2_decay: float = -0.8,
    epsilon_1: Small = 1e-30,
    epsilon_2: Small = 1e-3,
    clip_threshold: Positive = 1.0,
    relative_step: bool = True,
    weight_decay: Small | None = None,
    clipnorm: Positive | None = None,
    clipvalue: Positive | None = None,
    global_clipnorm: Positive | None = None,
) -> Rated:
    """Adafactor with epsilon in the squares; `relative_step` changes nothing in Keras, nor here."""
    rule = adafactor.Adafactor(
        learning_rate, -beta_2_decay, epsilon_1, epsilon_2, clip_threshold, epsilon_inside=True
    )
    return finished(rule, weight_decay, clipnorm, clipvalue, global_clipnorm)


@framework_spelling("keras.Muon")
def Muon(
    learning_rate: Rate = 0.001,
    adam_beta_1: Decay = 0.9,
    adam_beta_2: Decay = 0.999,
    adam_weight_decay: Small | None = 0.004,
    epsilon: Small = 1e-7,
    weight_decay: Small | None = 0.004,
    momentum: Share = 0.95,
    ns_steps: int = 5,
    nesterov: bool = True,
    rms_rate: float | None = 0.2,
    clipnorm: Positive | None = None,
    clipvalue: Positive | None = None,
    global_clipnorm: Positive | None = None,
) -> Rated:
    """Muon with steps as large as Adam's and a summed momentum; vectors take Adam's steps.

    `rms_rate` is 0.2 here, and both weight decays are one.
    """
    if adam_weight_decay != weight_decay:
        raise BadInput("weight_decay and adam_weight_decay must be equal here")
    if rms_rate != 0.2:
        raise BadInput(f"must be 0.2 here, got {rms_rate!r}", field="rms_rate")
    rule = muon.Muon(
        learning_rate, momentum, nesterov, ns_steps, "match_rms_adamw", adam_beta_1=adam_beta_1,
        adam_beta_2=adam_beta_2, adam_epsilon=epsilon, summed=True,
    )  # fmt: skip
    return finished(rule, weight_decay, clipnorm, clipvalue, global_clipnorm)
