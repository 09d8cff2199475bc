"""A formula typed as text, such as "x**2 + 3*sin(y)", becomes a surface with exact slopes.

The language:

    numbers      2, 0.5, 1e-3, and the names pi and e
    variables    x and y
    operations   + - * / ** with the usual precedence, and brackets; 2*x, never 2x
    functions    sqrt exp log sin cos tan sinh cosh tanh arctan abs, of one argument; log is natural
    limits       500 plain characters, 200 parts, 40 levels
    outside      1/0 is inf and log(-1) is nan, as in NumPy, without a warning

The text is never run. Python's own grammar reads it, only the parts above are let through, and the
numbers travel with their derivatives (forward mode): no differences, no rounding but that of the formula.
"""

from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from optiviz.objectives.formula_duals import Tree, evaluate
from optiviz.objectives.formula_latex import latex
from optiviz.objectives.formula_parser import build, check_text, check_words, read


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


def parse(text: str) -> Formula:
    """Read a formula in x and y; see the head of this module for the language.

    Parameters
    ----------
    text : str

    Returns
    -------
    Formula

    Raises
    ------
    BadInput
        When the text is not a formula, with the offending part marked.

    Examples
    --------
    >>> parse("x**2 + 3*z")
    Traceback (most recent call last):
    optiviz.BadInput: formula: unknown name 'z' - a formula knows x, y, pi and e
        x**2 + 3*z
                 ^
    """
    check_text(text)
    check_words(text)
    return Formula(text, build(text, read(text)))
