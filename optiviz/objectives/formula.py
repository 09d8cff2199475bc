"""A formula typed as text, such as "x**2 + 3*sin(y)", becomes a surface with exact slopes.

The language:

    numbers      2, 0.5, 1e-3, and the names pi and e
    variables    x and y
    operations   + - * / ** with the usual precedence, and brackets
    functions    sqrt exp log sin cos tan sinh cosh tanh arctan abs, of one argument; log is natural;
                 log10 log2 log1p expm1 arcsin arccos cbrt sign relu sigmoid softplus;
                 max min hypot atan2 of two; where(x > 0, a, b) with < <= > >=
    spellings    2x, 2(x + y), x^2, x², |x|, √x, sin^2(x), ln, lg, atan, ×, ·, π: read as the above;
                 1/2x and whatever else has two readings is refused
    kinks        abs and sign have slope 0 at 0, relu too; max and min take the first of equals
    limits       500 characters, 200 parts, 40 levels
    outside      1/0 is inf and log(-1) is nan, as in NumPy, without a warning

The text is never run. Python's own grammar reads it, only the parts above are let through, and the
numbers travel with their derivatives (forward mode): no differences, no rounding but that of the formula.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from optiviz.objectives.formula_duals import Tree, evaluate
from optiviz.objectives.formula_faults import Faults
from optiviz.objectives.formula_latex import latex
from optiviz.objectives.formula_parser import (
    Builder,
    check_letters,
    check_program,
    check_text,
    check_words,
    parse_expression,
)
from optiviz.objectives.formula_spellings import in_one_line, normal_form


@dataclass(frozen=True)
class Formula:
    """A function of x and y with its exact gradient; made by `parse`.

    x and y have one shape, () or (N,) or (h, w), and so has every result, that of a constant too.
    """

    text: str
    tree: Tree = field(repr=False, compare=False)

    def __call__(self, x: Any, y: Any) -> tuple[Any, tuple[Any, Any]]:
        """The value and the slopes (df/dx, df/dy).

        Examples
        --------
        >>> value, (dx, dy) = parse("x**2 + 3*y")(2.0, 1.0)
        >>> float(value), float(dx), float(dy)
        (7.0, 4.0, 3.0)
        """
        value, dx, dy = evaluate(self.tree, x, y, order=1)
        return value, (dx, dy)

    @property
    def variables(self) -> frozenset[str]:
        """Which of x and y the formula depends on.

        Examples
        --------
        >>> sorted(parse("x**4 - pi").variables)
        ['x']
        """
        return names_in(self.tree)

    @property
    def is_sum(self) -> bool:
        """Whether it is written as a sum of parts in x alone and parts in y alone.

        Examples
        --------
        >>> parse("cos(1/x) - 2*y**2").is_sum, parse("x + x*y").is_sum
        (True, False)
        """
        waiting = [self.tree]
        while waiting:
            kind, *parts = tree = waiting.pop()
            if kind in ("+", "-", "neg"):
                waiting += parts
            elif len(names_in(tree)) > 1:
                return False
        return True

    def hessian(self, x: Any, y: Any) -> tuple[Any, Any, Any]:
        """The second derivatives (d2f/dx2, d2f/dxdy, d2f/dy2).

        Examples
        --------
        >>> [float(part) for part in parse("x**2 * y").hessian(3.0, 5.0)]
        [10.0, 6.0, 0.0]
        """
        _, _, _, dxx, dxy, dyy = evaluate(self.tree, x, y, order=2)
        return dxx, dxy, dyy

    @property
    def latex(self) -> str:
        """For a title, without the dollar signs; what is nested too deep to typeset stays as typed.

        Examples
        --------
        >>> print(parse("-(x + 1)**2 / exp(2*y)").latex)
        \\frac{-\\left(x + 1\\right)^{2}}{e^{2 y}}
        """
        title = latex(self.tree)[0]
        brackets = title.replace(r"\left", "{").replace(r"\right", "}")
        nested = max(accumulate((mark == "{") - (mark == "}") for mark in brackets))
        if nested > 12:  # Matplotlib's reader recurses some 40 calls a bracket, of Python's 1000
            return r"\mathtt{" + self.text.strip().replace(" ", r"\ ") + "}"
        return title


def names_in(tree: Tree) -> frozenset[str]:
    """Which of x and y a tree depends on."""
    found, waiting = set[str](), [tree]
    while waiting:
        kind, *parts = waiting.pop()
        found |= {kind} & {"x", "y"}
        waiting += [part for part in parts if isinstance(part, tuple)]
    return frozenset(found)


def parse(
    text: str, constants: Mapping[str, Any] | None = None, variables: Sequence[str] = ("x", "y")
) -> Formula:
    """Read a formula in x and y; see the head of this module for the language.

    Parameters
    ----------
    text : str
    constants : mapping of names to numbers, optional
    variables : one or two names, default "x" and "y"

    Returns
    -------
    Formula
        Its `text` is the normal form, in x and y.

    Raises
    ------
    BadInput
        When the text is not a formula, with all its faults, each with its column.

    Examples
    --------
    >>> parse("x**2 + 3*z")
    Traceback (most recent call last):
    optiviz.BadInput: formula: unknown name 'z' - a formula knows x, y, pi and e
        x**2 + 3*z
                 ^
    """
    check_text(text)
    faults = Faults(in_one_line(text))
    form = normal_form(text, constants, variables, faults)
    check_text(form.text)
    check_program(form)
    check_letters(form, faults)
    check_words(form, faults)
    root = parse_expression(form, faults)
    tree = None if root is None else Builder(form, faults).build(root)
    faults.refuse()
    assert tree is not None
    return Formula(form.text, tree)
