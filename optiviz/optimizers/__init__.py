"""How to step: one rule a file, each a page that fits the projector."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from optiviz.optimizers.adagrad import Adagrad
from optiviz.optimizers.adam import Adam
from optiviz.optimizers.base import Optimizer
from optiviz.optimizers.gd import GD
from optiviz.optimizers.momentum import Momentum
from optiviz.optimizers.nag import NAG
from optiviz.optimizers.rmsprop import RMSprop
from optiviz.optimizers.sgd import SGD

# The index: a scene's spelling -> the rule. Tests, `optiviz list` and the scene schema read it.
OPTIMIZERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "gd": GD,
        "momentum": Momentum,
        "nag": NAG,
        "adagrad": Adagrad,
        "rmsprop": RMSprop,
        "adam": Adam,
        "sgd": SGD,
    }
)

__all__ = ["GD", "NAG", "OPTIMIZERS", "SGD", "Adagrad", "Adam", "Momentum", "Optimizer", "RMSprop"]
