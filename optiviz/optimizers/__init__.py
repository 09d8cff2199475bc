"""Optimizers: one update rule a file, each a page that fits the projector."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from optiviz._lib.registry import Parts
from optiviz.optimizers.adabelief import AdaBelief as AdaBelief
from optiviz.optimizers.adadelta import Adadelta as Adadelta
from optiviz.optimizers.adafactor import Adafactor as Adafactor
from optiviz.optimizers.adagrad import Adagrad as Adagrad
from optiviz.optimizers.adam import Adam as Adam
from optiviz.optimizers.adamax import Adamax as Adamax
from optiviz.optimizers.adamw import AdamW as AdamW
from optiviz.optimizers.adan import Adan as Adan
from optiviz.optimizers.ademamix import AdEMAMix as AdEMAMix
from optiviz.optimizers.average import Average as Average
from optiviz.optimizers.barzilai_borwein import BarzilaiBorwein as BarzilaiBorwein
from optiviz.optimizers.base import Optimizer as Optimizer
from optiviz.optimizers.conjugate_gradient import ConjugateGradient as ConjugateGradient
from optiviz.optimizers.ftrl import Ftrl as Ftrl
from optiviz.optimizers.gd import GD as GD
from optiviz.optimizers.gradient_flow import GradientFlow as GradientFlow
from optiviz.optimizers.lamb import LAMB as LAMB
from optiviz.optimizers.langevin import Langevin as Langevin
from optiviz.optimizers.lars import LARS as LARS
from optiviz.optimizers.line_searches import Backtracking as Backtracking
from optiviz.optimizers.line_searches import ExactLineSearch as ExactLineSearch
from optiviz.optimizers.lion import Lion as Lion
from optiviz.optimizers.lookahead import Lookahead as Lookahead
from optiviz.optimizers.momentum import Momentum as Momentum
from optiviz.optimizers.muon import Muon as Muon
from optiviz.optimizers.nadam import Nadam as Nadam
from optiviz.optimizers.nag import NAG as NAG
from optiviz.optimizers.newton import Newton as Newton
from optiviz.optimizers.plateau import Plateau as Plateau
from optiviz.optimizers.prodigy import Prodigy as Prodigy
from optiviz.optimizers.radam import RAdam as RAdam
from optiviz.optimizers.rmsprop import RMSprop as RMSprop
from optiviz.optimizers.rprop import Rprop as Rprop
from optiviz.optimizers.sam import SAM as SAM
from optiviz.optimizers.schedule_free import ScheduleFreeAdamW as ScheduleFreeAdamW
from optiviz.optimizers.schedule_free import ScheduleFreeSGD as ScheduleFreeSGD
from optiviz.optimizers.schedules import SCHEDULES as SCHEDULES
from optiviz.optimizers.sgd import SGD as SGD
from optiviz.optimizers.shampoo import Shampoo as Shampoo
from optiviz.optimizers.signum import Signum as Signum
from optiviz.optimizers.wrappers import Clip as Clip
from optiviz.optimizers.wrappers import WeightDecay as WeightDecay
from optiviz.optimizers.wrappers import innermost as innermost
from optiviz.optimizers.yogi import Yogi as Yogi

# The index: a scene's spelling (the name in small letters) -> the rule. Tests, docs, `optiviz list` and the
# scene schema read it.
IN_ORDER: tuple[Callable[..., Any], ...] = (
    GD, Momentum, NAG, Adagrad, Adadelta, RMSprop, Adam, AdamW, Nadam, Adamax, Lion, RAdam, SGD,
    AdaBelief, Yogi, Adan, AdEMAMix, Rprop, Signum, Ftrl, ScheduleFreeSGD, ScheduleFreeAdamW, Prodigy,
    LARS, LAMB, Adafactor, Muon, Shampoo, BarzilaiBorwein, Backtracking, ExactLineSearch, ConjugateGradient,
    Newton, GradientFlow, Langevin,
)  # fmt: skip
OPTIMIZERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    Parts({optimizer.__name__.lower(): optimizer for optimizer in IN_ORDER})
)
