"""How to step: one rule a file, each a page that fits the projector."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from optiviz.optimizers.adadelta import Adadelta
from optiviz.optimizers.adagrad import Adagrad
from optiviz.optimizers.adam import Adam
from optiviz.optimizers.adamax import Adamax
from optiviz.optimizers.adamw import AdamW
from optiviz.optimizers.base import Optimizer
from optiviz.optimizers.gd import GD
from optiviz.optimizers.lion import Lion
from optiviz.optimizers.momentum import Momentum
from optiviz.optimizers.nadam import Nadam
from optiviz.optimizers.nag import NAG
from optiviz.optimizers.radam import RAdam
from optiviz.optimizers.rmsprop import RMSprop
from optiviz.optimizers.schedules import SCHEDULES
from optiviz.optimizers.sgd import SGD
from optiviz.optimizers.wrappers import Clip, WeightDecay, innermost

# The index: a scene's spelling -> the rule. Tests, `optiviz list` and the scene schema read it.
OPTIMIZERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "gd": GD,
        "momentum": Momentum,
        "nag": NAG,
        "adagrad": Adagrad,
        "adadelta": Adadelta,
        "rmsprop": RMSprop,
        "adam": Adam,
        "adamw": AdamW,
        "nadam": Nadam,
        "adamax": Adamax,
        "lion": Lion,
        "radam": RAdam,
        "sgd": SGD,
    }
)

__all__ = [
    "GD",
    "NAG",
    "OPTIMIZERS",
    "SCHEDULES",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Clip",
    "Lion",
    "Momentum",
    "Nadam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "WeightDecay",
    "innermost",
]
