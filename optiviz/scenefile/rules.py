"""The rules of runs from their tables: schedules in place of numbers, and what is put around a rule."""

from collections.abc import Mapping
from typing import Any

from optiviz.optimizers import SCHEDULES, Clip, WeightDecay


def scheduled(value: Any) -> Any:
    """A setting: a table with a `schedule` becomes that schedule."""
    if not isinstance(value, dict):
        return value
    settings = {key: scheduled(item) for key, item in value.items() if key != "schedule"}
    return SCHEDULES[value["schedule"]](**settings)


def wrap_rule(rule: Any, clip: Mapping[str, Any] | None = None, weight_decay: Any = None) -> Any:
    """A rule with what a run puts around it: clip, then weight decay, then the rule."""
    if weight_decay is not None:
        decay = weight_decay if isinstance(weight_decay, dict) else {"rate": weight_decay}
        rule = WeightDecay(rule, decay["rate"], decay.get("decoupled", True))
    return rule if clip is None else Clip(rule, **clip)
