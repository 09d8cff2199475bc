"""The rules of runs from their tables: schedules in place of numbers, and what is put around a rule."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from optiviz.optimizers import SAM, SCHEDULES, Average, Clip, Lookahead, Plateau, WeightDecay

# what a run puts around its rule, from the inside out, with the settings of each; weight decay is innermost
AROUND: Mapping[str, tuple[Any, tuple[str, ...]]] = MappingProxyType(
    {
        "clip": (Clip, ("value", "norm", "global_norm", "epsilon")),
        "sam": (SAM, ("radius", "adaptive", "epsilon")),
        "lookahead": (Lookahead, ("period", "share")),
        "plateau": (
            Plateau,
            ("factor", "patience", "threshold", "relative", "cooldown", "least"),
        ),
        "average": (Average, ("kind", "decay", "begin", "every")),
    }
)


def scheduled(value: Any) -> Any:
    """A setting: a table with a `schedule` becomes that schedule."""
    if not isinstance(value, dict):
        return value
    settings = {key: scheduled(item) for key, item in value.items() if key != "schedule"}
    return SCHEDULES[value["schedule"]](**settings)


def wrap_rule(rule: Any, weight_decay: Any = None, **around: Mapping[str, Any]) -> Any:
    """A rule with what a run puts around it, from the inside out: weight decay, clip, and so on."""
    if weight_decay is not None:
        decay = weight_decay if isinstance(weight_decay, dict) else {"rate": weight_decay}
        rule = WeightDecay(rule, decay["rate"], decay.get("decoupled", True))
    for key, (part, _) in AROUND.items():
        if key in around:
            rule = part(rule, **around[key])
    return rule
