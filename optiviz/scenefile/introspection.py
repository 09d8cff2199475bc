"""Introspection of settings: names, types, defaults and meanings from signatures and docstrings."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from inspect import Parameter, cleandoc, signature
from types import MappingProxyType
from typing import Annotated, Any, get_type_hints

from optiviz._lib.typing import Bounds

REQUIRED = Parameter.empty


@dataclass(frozen=True)
class Setting:
    """One setting of a part: its Python annotation, its default (or `REQUIRED`), and what it means."""

    name: str
    kind: Any
    default: Any
    about: str = ""

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is REQUIRED


EACH = Setting("each", bool, False, "One panel for every run, side by side on the same axes.")
HEAVY = Annotated[float, Bounds(low=0.0, high=10.0, open_low=True)]
WEIGHT = Setting("weight", HEAVY, 1.0, "The panels that weigh most are the stage, with most of the room.")


@cache
def settings_of(part: Callable[..., Any], keywords_only: bool = False) -> Mapping[str, Setting]:
    """The settings of a dataclass or a function, read from its signature and its docstring.

    >>> from optiviz.optimizers import Momentum
    >>> settings_of(Momentum)["momentum"].default
    0.9
    """
    wanted = [
        parameter
        for parameter in signature(part).parameters.values()
        if parameter.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
        and (parameter.kind is Parameter.KEYWORD_ONLY or not keywords_only)
    ]
    hints: Mapping[str, Any] = {p.name: p.annotation for p in wanted}
    if any(isinstance(kind, str) for kind in hints.values()):
        hints = get_type_hints(part, include_extras=True)
    words = meanings(part.__doc__ or "")
    return MappingProxyType(
        {p.name: Setting(p.name, hints[p.name], p.default, words.get(p.name, "")) for p in wanted}
    )


def meanings(doc: str) -> dict[str, str]:
    """What the "Parameters" section of a docstring says of each name."""
    section = re.search(
        r"^Parameters\n-+\n(.*?)(?=^\w[^\n]*\n-+$|\Z)", cleandoc(doc), re.DOTALL | re.MULTILINE
    )
    found: dict[str, str] = {}
    for entry in re.findall(
        r"^(\S[^\n]*)\n((?:[ ]+[^\n]*\n?|\n)*)", (section[1] if section else "") + "\n", re.M
    ):
        names, text = entry[0].partition(" :")[0], " ".join(entry[1].split())
        found |= {name.strip(): text for name in names.split(",")}
    return found


def first_sentence(part: Any) -> str:
    """The first sentence of a docstring, on one line."""
    first = cleandoc(part.__doc__ or "").split("\n\n")[0]
    return " ".join(first.split())


def panel_settings(panel: Callable[..., Any]) -> Mapping[str, Setting]:
    """The settings of a panel: what stands behind the cell and the comparison.

    One that can show a single run can also be there for each of them.
    """
    own = {**settings_of(panel, keywords_only=True), "weight": WEIGHT}
    return MappingProxyType({**own, "each": EACH} if "run" in own else own)
