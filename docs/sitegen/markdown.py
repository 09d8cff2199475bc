"""Docstrings and settings as Markdown."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from inspect import cleandoc, isclass
from typing import Any

from optiviz.scenefile.catalogue import toml
from optiviz.scenefile.introspection import REQUIRED, Setting, settings_of

USUAL = {"learning_rate": "How far to step."}  # where a docstring leaves it at that


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars within cells are escaped."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(bars(cell) for cell in line) + " |" for line in lines)


def bars(cell: str) -> str:
    """The text of a cell, on one line."""
    return " ".join(cell.split()).replace("|", "\\|")


def page(*parts: str) -> str:
    """Paragraphs, with an empty line between; empty ones are left out."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def documented(part: Any) -> Any:
    """What has the docstring: of a part with some settings made, the whole part."""
    return part.func if isinstance(part, partial) else part


def name_of(part: Any) -> str:
    """How Python calls a part."""
    return str(documented(part).__name__)


def sections(part: Any) -> dict[str, str]:
    """A docstring by its numpydoc sections; what stands before the first is under ""."""
    text = cleandoc(documented(part).__doc__ or "")
    pieces = re.split(r"^(\w[^\n]*)\n-{3,}$", text, flags=re.M)
    return {
        "": pieces[0].strip(),
        **{head: body.strip("\n") for head, body in zip(pieces[1::2], pieces[2::2], strict=True)},
    }


def explanation(part: Any) -> str:
    """A docstring up to its first section; paragraphs that are formulas, and examples, as code."""
    first, *others = sections(part)[""].split("\n\n")
    return page(first, *map(paragraph, others))


def paragraph(text: str) -> str:
    """One paragraph of a docstring: code where it is an example, a formula or set off, else prose."""
    if text.startswith(">>>"):
        return f"```python\n{text}\n```"
    if re.match(r" {4}|[a-z_^()0-9]+ = ", text):
        return f"```text\n{cleandoc(text)}\n```"
    return text


def examples(part: Any) -> str:
    """The examples of a docstring, as code."""
    found = sections(part).get("Examples", "")
    return f"```python\n{cleandoc(found)}\n```" if found else ""


def source(part: Any) -> str:
    """The papers that a docstring names."""
    found = sections(part).get("References", "")
    return f"Source: {' '.join(found.split())}" if found else ""


def default(value: Any) -> str:
    """A default as a scene spells it."""
    if value is REQUIRED or isclass(value):
        return "needed"
    return "none" if value is None else f"`{toml(value)}`"


def settings_table(settings: Mapping[str, Setting]) -> str:
    """Settings with their defaults and, where any is told, their meanings."""
    rows = [[f"`{s.name}`", default(s.default), s.about or USUAL.get(s.name, "")] for s in settings.values()]
    if not rows:
        return "No settings."
    if not any(about for _, _, about in rows):
        return table(["setting", "default"], [row[:2] for row in rows])
    return table(["setting", "default", "what it is"], rows)


def settings(part: Any) -> str:
    """The settings of a part."""
    return settings_table(settings_of(part))


def picture(name: str, alt: str) -> str:
    """A picture that the build draws, as seen from a page two folders below the top."""
    return f"![{alt}](../../pictures/{name}.png)"


def contents(names: Iterable[str], folder: str) -> str:
    """A hidden table of contents: these pages of a folder."""
    lines = "\n".join(f"{folder}/{name}" for name in names)
    return f"```{{toctree}}\n:hidden:\n\n{lines}\n```"
