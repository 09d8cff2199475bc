"""Pages of the optimizers, the schedules, the wrappers and the frameworks' spellings."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import optiviz as ov
from optiviz.flavours import FLAVOURS
from optiviz.optimizers import OPTIMIZERS, SCHEDULES, innermost
from optiviz.scenefile.introspection import first_sentence, settings_of
from optiviz.scenefile.models import WRAPPERS
from optiviz.scenefile.rules import AROUND
from sitegen.markdown import (
    contents,
    examples,
    explanation,
    name_of,
    page,
    picture,
    settings,
    source,
    table,
)  # fmt: skip

HEAD = """\
# Optimizers

In a scene: `optimizer = "adam"`. In Python: `ov.Adam(...)`.

theta is the vector of weights, g the gradient there, t the number of the step from 1. Operations are
coordinate by coordinate unless a page says otherwise. Rules and defaults are those of Keras 3 where it
has the rule.
Every number may be an array `(N,)`, one value a run, and `learning_rate` may be a [schedule](schedules.md).
[Clipping, SAM, averages](wrappers.md) go around any rule. The names and defaults of torch, Keras and
optax are [flavours](flavours.md). A rule of your own: [how to](../howto/my_optimizer.md).
"""
SCHEDULES_HEAD = """\
# Schedules

In place of a number: `learning_rate = { schedule = "cosine", ... }`. Each is a function of `count`, the
number of finished steps: the first step has the rate of count 0. Where they help: [why a rate
fails](../explanation/rates.md).
"""
FLAVOURS_HEAD = """\
# As the frameworks spell them

`optimizer = "torch.Adam"` takes the arguments of that framework, under its names, with its defaults and in
its variant of the rule. An argument that is not listed is refused. In Python:
`optiviz.flavours.FLAVOURS["torch.Adam"](lr=0.1)`.
"""
WRAPPERS_HEAD = """\
# Around a rule: clipping, weight decay, SAM, Lookahead, averages, plateaus

They go around a rule: in a scene as keys of a run, in Python as optimizers that hold one. Keras' `clipnorm`,
`clipvalue` and `global_clipnorm` are `clip` here; with Keras' own name for the rule
(`optimizer = "keras.Adam"`, `clipnorm = 1.0`) the arguments are Keras'.
"""
WRAPPED = {"weight_decay": ov.WeightDecay, **{key: part for key, (part, _) in AROUND.items()}}


def index() -> str:
    """The list of all rules, with a sentence each."""
    rows = [
        [f"[{name_of(part)}](rules/{name}.md)", f"`{name}`", first_sentence(part)]
        for name, part in OPTIMIZERS.items()
    ]
    return page(HEAD, table(["rule", "in a scene", "what it does"], rows), contents(OPTIMIZERS, "rules"))


def rule(name: str) -> str:
    """One rule: formula, defaults, picture, what the frameworks do differently."""
    part = OPTIMIZERS[name]
    return page(
        f"# {name_of(part)}",
        f'In a scene `optimizer = "{name}"`, in Python `ov.{name_of(part)}(...)`.',
        explanation(part),
        picture(f"rule-{name}", f"Path and loss of {name_of(part)} on a ravine, beside gradient descent"),
        "*On [ravine](../surfaces/ravine.md), at learning rates tuned alike (`optiviz race ravine`).*",
        "## Settings",
        settings(part),
        frameworks(part),
        f"## Example\n\n{examples(part)}" if examples(part) else "",
        source(part),
    )


def frameworks(part: Any) -> str:
    """What the frameworks call a rule, and what is their own in it."""
    rows = [
        [f"`{name}`", arguments(make), first_sentence(make)]
        for name, make in FLAVOURS.items()
        if rule_of(make) == name_of(part)
    ]
    if not rows:
        return ""
    return page("## In the frameworks", table(["name", "arguments and defaults", "what is its own"], rows))


def arguments(part: Any) -> str:
    """The arguments of a flavour on one line."""
    each = settings_of(part).values()
    return ", ".join(f"`{s.name}`" if s.required else f"`{s.name}={s.default!r}`" for s in each)


def rule_of(make: Callable[..., Any]) -> str:
    """Which of our rules a flavour gives."""
    needed = {
        s.name: 0.1 for s in settings_of(make).values() if s.required or s.name in ("lr", "learning_rate")
    }
    return type(innermost(make(**needed))).__name__


def schedules() -> str:
    """All schedules, with settings."""
    parts = [SCHEDULES_HEAD]
    for name, part in SCHEDULES.items():
        parts += [f"## {name}", f'`schedule = "{name}"`, in Python `{name_of(part)}`', explanation(part)]
        parts += [f"![The rate that {name} gives at each step](../pictures/schedule-{name}.png)"]
        parts += [settings(part), examples(part), source(part)]
    return page(*parts)


def wrappers() -> str:
    """What goes around a rule."""
    parts = [WRAPPERS_HEAD]
    for key in WRAPPERS:
        part = WRAPPED[key]
        parts += [f"## {key}", f"`{key} = ...` in a run, in Python `ov.{part.__name__}(optimizer, ...)`"]
        parts += [explanation(part), settings(part), examples(part), source(part)]
    return page(*parts)


def flavours() -> str:
    """All spellings of the frameworks."""
    rows = [[f"`{n}`", rule_of(make), arguments(make), first_sentence(make)] for n, make in FLAVOURS.items()]
    return page(FLAVOURS_HEAD, table(["name", "rule", "arguments", "what is its own"], rows))


PAGES: Mapping[str, Callable[[], str]] = {
    "reference/rules.md": index,
    "reference/schedules.md": schedules,
    "reference/wrappers.md": wrappers,
    "reference/flavours.md": flavours,
    **{f"reference/rules/{name}.md": partial(rule, name) for name in OPTIMIZERS},
}
