"""Surfaces as JavaScript: value and slope, recorded from the function of the catalogue.

`program_of(surface)` is the text of an object expression

    { name, formula, xlim, ylim, start, minima, f_min, levels, rates, far, noise,
      value(x, y) -> number,
      slope(x, y, out) -> value; fills out[0] = df/dx, out[1] = df/dy }

whose functions do the operations of `surface.function` in its order. It is recorded and not written by hand,
so that whoever adds a surface keeps one text: all 39 of the catalogue record, and so does a function of one's
own that is elementwise. A formula is not: the page reads those itself (`js/formula_text.js`), as it must for
the field in which one is typed.
"""

import json
from functools import partial
from typing import Any

from optiviz.objectives.formula import Formula
from optiviz.objectives.surface import Surface, value_and_slopes
from optiviz.runs.summary import known_lowest
from optiviz.web.recorded import NotRecordable, Trace, Writer

INDENT = "    "


def is_formula(surface: Any) -> bool:
    """Whether the page reads a surface from its formula."""
    return isinstance(surface, Surface) and isinstance(surface.function, Formula)


def program_of(surface: Surface) -> str:
    """The JavaScript object of a surface; see the head of this module.

    Raises
    ------
    NotRecordable
        When its function is not elementwise arithmetic, or is a formula.

    Examples
    --------
    >>> from optiviz.objectives.surfaces import surfaces
    >>> print(program_of(surfaces["saddle"]).partition("value(")[2])
    x, y) {
        return x * x - y * y;
      },
      slope(x, y, out) {
        out[0] = 2 * x;
        out[1] = -2 * y;
        return x * x - y * y;
      },
    }
    """
    trace = Trace()
    x, y = trace.name("x"), trace.name("y")
    function = surface.function
    try:
        if isinstance(function, Formula):
            raise NotRecordable("is a formula, which the page reads itself")
        if isinstance(function, partial) and function.func is value_and_slopes:  # a gradient of one's own
            found = function.args[0](x, y), tuple(function.args[1](x, y))
        else:
            found = function(x, y)
        value, dx, dy = (trace.place(part) for part in (found[0], *found[1]))
    except NotRecordable as fault:
        raise NotRecordable(f"{surface.name} {fault}") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise NotRecordable(f"{surface.name} cannot be written down as arithmetic: {error}") from error
    alone, joint = Writer(trace), Writer(trace)
    height = [*alone.statements([value]), f"return {alone.number(value)};"]
    lines = joint.statements([value, dx, dy])
    both = [*lines, f"out[0] = {joint.number(dx)};", f"out[1] = {joint.number(dy)};",
            f"return {joint.number(value)};"]  # fmt: skip
    facts = "".join(f"  {key}: {json.dumps(fact)},\n" for key, fact in facts_of(surface).items())
    return f"{{\n{facts}  value(x, y) {block(height)},\n  slope(x, y, out) {block(both)},\n}}"


def block(lines: list[str]) -> str:
    """Statements between braces, as the body of a method."""
    return "{\n" + "".join(f"{INDENT}{line}\n" for line in lines) + "  }"


def facts_of(surface: Surface) -> dict[str, Any]:
    """What a page must know of a surface besides its function, as plain data."""
    return {
        "name": surface.name,
        "formula": surface.formula,
        "xlim": list(surface.xlim),
        "ylim": list(surface.ylim),
        "start": surface.start.tolist(),
        "minima": surface.minima.tolist(),
        "f_min": known_lowest(surface),
        "levels": surface.levels,
        "rates": dict(surface.learning_rates),
        "far": surface.far,
        "noise": surface.noise,
    }


__all__ = ["facts_of", "is_formula", "program_of"]
