"""Optimizers: one update rule a file, each a page that fits the projector."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from optiviz._lib.registry import Parts
from optiviz.optimizers.adadelta import Adadelta as Adadelta
from optiviz.optimizers.adagrad import Adagrad as Adagrad
from optiviz.optimizers.adam import Adam as Adam
from optiviz.optimizers.adamax import Adamax as Adamax
from optiviz.optimizers.adamw import AdamW as AdamW
from optiviz.optimizers.base import Optimizer as Optimizer
from optiviz.optimizers.gd import GD as GD
from optiviz.optimizers.lion import Lion as Lion
from optiviz.optimizers.momentum import Momentum as Momentum
from optiviz.optimizers.nadam import Nadam as Nadam
from optiviz.optimizers.nag import NAG as NAG
from optiviz.optimizers.radam import RAdam as RAdam
from optiviz.optimizers.rmsprop import RMSprop as RMSprop
from optiviz.optimizers.schedules import SCHEDULES as SCHEDULES
from optiviz.optimizers.sgd import SGD as SGD
from optiviz.optimizers.wrappers import Clip as Clip
from optiviz.optimizers.wrappers import WeightDecay as WeightDecay
from optiviz.optimizers.wrappers import innermost as innermost

# The index: a scene's spelling (the name in small letters) -> the rule. Tests, docs, `optiviz list` and the
# scene schema read it.
IN_ORDER: tuple[Callable[..., Any], ...] = (
    GD, Momentum, NAG, Adagrad, Adadelta, RMSprop, Adam, AdamW, Nadam, Adamax, Lion, RAdam, SGD,
)  # fmt: skip
OPTIMIZERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    Parts({optimizer.__name__.lower(): optimizer for optimizer in IN_ORDER})
)
