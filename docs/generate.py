"""Reference pages from the indexes and docstrings: rules and surfaces.

    make docs        # into docs/_build

They are made anew each time and never kept, so that a new part is on its page on the day it is named.
"""

import re
from inspect import cleandoc
from pathlib import Path
from typing import Any

from optiviz.flavours import FLAVOURS
from optiviz.objectives.surface import Surface
from optiviz.objectives.surfaces import surfaces
from optiviz.optimizers import OPTIMIZERS, SCHEDULES, innermost
from optiviz.scenefile.catalogue import toml
from optiviz.scenefile.introspection import first_sentence, settings_of

HERE = Path(__file__).parent
USUAL = {"learning_rate": "How far to step."}  # where a docstring leaves it at that

OPTIMIZERS_HEAD = """\
# Optimizers

Made from the docstrings. In a scene: `optimizer = "adam"`; in Python:
`ov.Adam(...)`.

theta is the vector of weights, g the gradient there, t the number of the step from 1; operations are
coordinate by coordinate. Rules and defaults are those of Keras 3 where it has the rule. Every number may be
an array `(N,)`, one value a run, and `learning_rate` may be a [schedule](#schedules).
"""

SCHEDULES_HEAD = """\
## Schedules

In place of a number: `learning_rate = { schedule = "cosine", ... }`. Each is a function of `count`, the
number of finished steps: the first step has the rate of count 0.
"""

FLAVOURS_HEAD = """\
## As the frameworks spell them

`optimizer = "torch.Adam"` takes the arguments of that framework, under its names, with its defaults and in
its variant of the rule. An argument that is not listed is refused.
"""

SURFACES_HEAD = """\
# Surfaces

Made from the catalogue. In a scene: `surface = "beale"`; in Python: `ov.beale`
or `ov.surfaces["beale"]`. Each has its exact gradient. The window is what a picture shows. The rates are
those at which each rule is worth watching, and the default of a scene that names none.
"""


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def explanation(part: Any) -> str:
    """A docstring up to its first section; paragraphs that are formulas as code."""
    text = re.split(r"^\w[^\n]*\n-+$", cleandoc(part.__doc__), maxsplit=1, flags=re.M)[0]
    text = re.split(r"^>>>", text, maxsplit=1, flags=re.M)[0].strip()
    first, *others = text.split("\n\n")
    formula = re.compile(r"^(?: {4}|[a-z_^()0-9]+ = )")
    return "\n\n".join([first, *(f"```text\n{cleandoc(p)}\n```" if formula.match(p) else p for p in others)])


def source(part: Any) -> str:
    """The papers that a docstring names."""
    found = re.search(r"^References\n-+\n(.*)\Z", cleandoc(part.__doc__), re.S | re.M)
    return f"Source: {' '.join(found[1].split())}" if found else ""


def default(value: Any) -> str:
    """A default as a scene spells it."""
    return "needed" if isinstance(value, type) else "none" if value is None else f"`{toml(value)}`"


def settings(part: Any) -> str:
    """The settings of a part, with defaults and meanings."""
    rows = [
        [f"`{s.name}`", default(s.default), s.about or USUAL.get(s.name, "")]
        for s in settings_of(part).values()
    ]
    if not any(about for _, _, about in rows):
        return table(["setting", "default"], [row[:2] for row in rows])
    return table(["setting", "default", "what it is"], rows)


def arguments(part: Any) -> str:
    """The arguments of a flavour on one line."""
    each = settings_of(part).values()
    return ", ".join(f"`{s.name}`" if s.required else f"`{s.name}={s.default!r}`" for s in each)


def rule_of(make: Any) -> str:
    """Which of our rules a flavour gives."""
    return type(innermost(make(0.1))).__name__


def optimizers() -> str:
    """optimizers.md."""
    parts = [OPTIMIZERS_HEAD]
    for name, part in OPTIMIZERS.items():
        parts += [
            f'## {part.__name__}\n\n`optimizer = "{name}"`',
            explanation(part),
            settings(part),
            source(part),
        ]
    parts.append(SCHEDULES_HEAD)
    for name, part in SCHEDULES.items():
        parts += [f'### {name}\n\n`schedule = "{name}"`, in Python `{part.__name__}`', explanation(part)]
        parts += [settings(part)]
    parts.append(FLAVOURS_HEAD)
    rows = [[f"`{n}`", rule_of(make), arguments(make), first_sentence(make)] for n, make in FLAVOURS.items()]
    parts.append(table(["name", "rule", "arguments", "what is its own"], rows))
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def interval(limits: tuple[float, float]) -> str:
    low, high = limits
    return f"{low:g} to {high:g}"


def lowest(surface: Surface) -> str:
    """The global minima, in a sentence."""
    if surface.f_min is None:
        return "- lowest: unbounded below, or not known"
    places = [f"({x:.6g}, {y:.6g})" for x, y in surface.minima]
    return f"- lowest: {surface.f_min:.6g} at {', '.join(places)}"


def described(surface: Surface) -> str:
    """One surface: what it looks like, formula, window, minima, rates."""
    window = f"x from {interval(surface.xlim)}, y from {interval(surface.ylim)}"
    start = ", ".join(f"{number:g}" for number in surface.start)
    rates = ", ".join(f"{rule} {rate:g}" for rule, rate in surface.learning_rates.items())
    evenly = {"linear": "f", "log": "log(f - f_min)"}
    lines = [
        f"- `{surface.formula}`",
        f"- window: {window}; runs start at ({start}); contours even in {evenly[surface.levels]}",
        lowest(surface),
        f"- rates: {rates}",
    ]
    return f"## {surface.name}\n\n{surface.about}\n\n" + "\n".join(lines)


def catalogue() -> str:
    """surfaces.md."""
    contents = ", ".join(f"[{name}](#{name})" for name in surfaces)
    return "\n\n".join([SURFACES_HEAD.strip(), contents, *map(described, surfaces.values())]) + "\n"


PAGES = {"reference/rules.md": optimizers, "reference/surfaces.md": catalogue}


if __name__ == "__main__":
    for file, page in PAGES.items():
        place = HERE / "_build" / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(page(), encoding="utf-8")
