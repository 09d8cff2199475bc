"""Tracing of one call of a Python function into straight-line JavaScript.

A `Recorded` number is a float that writes each operation done with it on a `Trace`. The order of operations
is kept, so + - * / and square roots give the same bits in a browser as they do here; equal subexpressions are
written once. Whatever is neither (a branch on a value that is not known, a library call that wants a plain
float) is refused by `NotRecordable`, never guessed: a float that has lost its trace is nan, and nan is no
constant.

A setting of a rule is a recorded number that has a value too. The value decides what Python decides with it
(`if momentum == 0`), and the trace notes that it did (`Trace.folded`); everywhere else it stays a variable.
"""
# mypy: disable-error-code="override,misc,attr-defined,assignment"

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import isnan
from typing import Any, Self

import numpy as np

from optiviz._lib.errors import BadInput

Node = tuple[
    Any, ...
]  # ("number", 2.0), ("name", "x"), ("each", "theta[i]"), ("+", 3, 5): places on the trace


class NotRecordable(BadInput):
    """Raised for a function that cannot be written down as straight-line arithmetic."""


@dataclass
class Trace:
    """Nodes of an expression graph, each of them once."""

    nodes: list[Node] = field(default_factory=list)
    places: dict[Any, int] = field(default_factory=dict)
    folded: set[str] = field(default_factory=set)  # settings whose value has decided something

    def node(self, *node: Any) -> int:
        """The place of a node, the old one where it is known."""
        key = (*node, repr(node[1])) if node[0] == "number" else node  # 0.0 is not -0.0
        if key not in self.places:
            self.places[key] = len(self.nodes)
            self.nodes.append(node)
        return self.places[key]

    def place(self, value: Any) -> int:
        """The place of a number, recorded or plain."""
        if isinstance(value, Recorded):
            if value.trace is not self:
                raise NotRecordable("mixes two recordings")
            return value.at
        if isinstance(value, Count):
            return value.at
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value[()]
        if not isinstance(value, int | float | np.number | np.bool_) or isnan(value):
            raise NotRecordable(f"needs elementwise arithmetic on plain numbers, met {value!r:.40}")
        return self.node("number", float(value))

    def apply(self, operation: str, *parts: Any) -> "Recorded":
        """The result of an operation on numbers."""
        return Recorded.of(self, self.node(operation, *map(self.place, parts)))

    def name(self, text: str) -> "Recorded":
        """A variable that is one number."""
        return Recorded.of(self, self.node("name", text))

    def each(self, text: str) -> "Recorded":
        """A variable that is one number for each coordinate, `i`."""
        return Recorded.of(self, self.node("each", text))

    def setting(self, name: str, value: float) -> "Recorded":
        """A variable whose value is known and may be another tomorrow."""
        return Recorded.of(self, self.node("name", name), value)


class Recorded(float):
    """A float that writes down what is done with it; nan where its value is not known."""

    trace: Trace
    at: int

    @classmethod
    def of(cls, trace: Trace, at: int, value: float = np.nan) -> Self:
        made = cls(value)
        made.trace, made.at = trace, at
        return made

    shape, ndim, size = (), 0, 1

    @property
    def T(self) -> Self:
        return self

    def copy(self) -> Self:
        return self

    def sum(self, axis: Any = None) -> "Recorded":
        """Over all coordinates."""
        return self.trace.apply("sum", self)

    def decided(self, *others: Any) -> bool:
        """Whether the value of this and of `others` is known; those that are settings are noted as folded."""
        known = [self, *(other for other in others if isinstance(other, Recorded))]
        if any(map(isnan, known)):
            return False
        self.trace.folded |= {self.trace.nodes[one.at][1] for one in known}
        return True

    def compared(self, operation: str, other: Any) -> Any:
        if not isinstance(other, int | float | np.number):
            return NotImplemented
        if self.decided(other):
            return COMPARISONS[operation](float.__add__(self, 0.0), float.__add__(float(other), 0.0))
        return self.trace.apply(operation, self, other)

    def __bool__(self) -> bool:
        if not self.decided():
            raise NotRecordable("takes another way for other numbers (`if`, `while`, `max` of Python)")
        return bool(float.__ne__(self, 0.0))

    def __float__(self) -> float:
        return float.__add__(self, 0.0)

    def __hash__(self) -> int:
        return hash((id(self.trace), self.at))

    __lt__ = lambda self, other: self.compared("<", other)
    __le__ = lambda self, other: self.compared("<=", other)
    __gt__ = lambda self, other: self.compared(">", other)
    __ge__ = lambda self, other: self.compared(">=", other)
    __eq__ = lambda self, other: self.compared("===", other)
    __ne__ = lambda self, other: self.compared("!==", other)
    __add__ = lambda self, other: self.trace.apply("+", self, other)
    __radd__ = lambda self, other: self.trace.apply("+", other, self)
    __sub__ = lambda self, other: self.trace.apply("-", self, other)
    __rsub__ = lambda self, other: self.trace.apply("-", other, self)
    __mul__ = lambda self, other: self.trace.apply("*", self, other)
    __rmul__ = lambda self, other: self.trace.apply("*", other, self)
    __truediv__ = lambda self, other: self.trace.apply("/", self, other)
    __rtruediv__ = lambda self, other: self.trace.apply("/", other, self)
    __pow__ = lambda self, other: power_node(self.trace, self, other)
    __rpow__ = lambda self, other: power_node(self.trace, other, self)
    __and__ = __rand__ = lambda self, other: self.trace.apply("&&", self, other)
    __or__ = __ror__ = lambda self, other: self.trace.apply("||", self, other)
    __invert__ = lambda self: self.trace.apply("!", self)
    __neg__ = lambda self: self.trace.apply("neg", self)
    __pos__ = lambda self: self
    __abs__ = lambda self: self.trace.apply("abs", self)

    def power_of(self, base: Any) -> "Recorded":
        """base to this, as `Powers` works it out."""
        return self.trace.apply("power", base, self)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **settings: Any) -> Any:
        if method != "__call__" or ufunc not in UFUNCS or set(settings) - {"dtype"}:
            raise NotRecordable(f"numpy.{ufunc.__name__} cannot be written down")
        operation = UFUNCS[ufunc]
        return operation(self.trace, *inputs) if callable(operation) else self.trace.apply(operation, *inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, settings: Any) -> Any:
        if function not in ARRAY_FUNCTIONS:
            raise NotRecordable(f"numpy.{function.__name__} cannot be written down")
        return ARRAY_FUNCTIONS[function](self.trace, *args)


@dataclass(frozen=True)
class Count:
    """The number of finished steps `k`, plus a whole number; of the first step it is known to be 0.

    `if count` is decided, `t = count + 1` stays a count, and in a product it is a number as any other.
    """

    trace: Trace
    first: bool
    offset: int = 0

    @property
    def at(self) -> int:
        k = self.trace.name("k")
        if not self.offset:
            return k.at
        return self.trace.apply("+" if self.offset > 0 else "-", k, abs(self.offset)).at

    @property
    def number(self) -> Recorded:
        return Recorded.of(self.trace, self.at)

    def __bool__(self) -> bool:
        if not self.first and self.offset < 0:
            raise NotRecordable("tells steps apart after the first one")
        return self.offset != 0 or not self.first

    def __add__(self, other: Any) -> Any:
        return (
            Count(self.trace, self.first, self.offset + other) if type(other) is int else self.number + other
        )

    def __sub__(self, other: Any) -> Any:
        return (
            Count(self.trace, self.first, self.offset - other) if type(other) is int else self.number - other
        )

    __radd__ = __add__
    __rsub__ = lambda self, other: other - self.number
    __mul__ = lambda self, other: self.number * other
    __rmul__ = lambda self, other: other * self.number
    __truediv__ = lambda self, other: self.number / other
    __rtruediv__ = lambda self, other: other / self.number

    def power_of(self, base: Any) -> Recorded:
        """base to this, as `Powers` works it out."""
        return self.trace.apply("power", base, self)


def power_node(trace: Trace, base: Any, exponent: Any) -> Any:
    """base**exponent; the square and the square root are what NumPy makes of them."""
    if not isinstance(exponent, Recorded) and exponent in (0.5, 1, 2):
        return {0.5: trace.apply("sqrt", base), 1: base, 2: trace.apply("*", base, base)}[exponent]
    return trace.apply("pow", base, exponent)


def any_of(trace: Trace, number: Any) -> bool:
    """Whether a setting is not 0."""
    return bool(number)


COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__,
    "===": float.__eq__, "!==": float.__ne__,
}  # fmt: skip
ONE_ARGUMENT = (
    "sqrt", "sign", "sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "log10", "log2", "log1p",
    "expm1", "cbrt",
)  # fmt: skip
UFUNCS: dict[Any, Any] = {
    **{getattr(np, name): name for name in ONE_ARGUMENT},
    np.absolute: "abs", np.fabs: "abs", np.arctan: "atan", np.arcsin: "asin", np.arccos: "acos",
    np.arctan2: "atan2", np.maximum: "max", np.minimum: "min", np.negative: "neg",
    np.add: "+", np.subtract: "-", np.multiply: "*", np.divide: "/",
    np.less: "<", np.less_equal: "<=", np.greater: ">", np.greater_equal: ">=",
    np.equal: "===", np.not_equal: "!==", np.logical_not: "!",
    np.logical_and: "&&", np.bitwise_and: "&&", np.logical_or: "||", np.bitwise_or: "||",
    np.power: power_node, np.float_power: power_node,
    np.positive: lambda trace, u: u,
    np.square: lambda trace, u: u * u,
    np.hypot: lambda trace, u, v: np.sqrt(u * u + v * v),
}  # fmt: skip
ARRAY_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.where: lambda trace, test, u, v: trace.apply("?", test, u, v),
    np.clip: lambda trace, u, low, high: trace.apply("min", trace.apply("max", u, low), high),
    np.zeros_like: lambda trace, u: 0.0,
    np.ones_like: lambda trace, u: 1.0,
    np.full_like: lambda trace, u, value: value,
    np.ndim: lambda trace, u: 0,
    np.shape: lambda trace, u: (),
    np.copy: lambda trace, u, order="K": u,
    np.any: any_of,
    np.all: any_of,
    np.sum: lambda trace, u, axis=None: trace.apply("sum", u),
}

# ---- writing it out

STRENGTH = {"?": 1, "||": 2, "&&": 3, "===": 4, "!==": 4, "<": 5, "<=": 5, ">": 5, ">=": 5, "+": 6, "-": 6,
            "*": 7, "/": 7, "neg": 8, "!": 8}  # fmt: skip
ATOM = 9
FROM_MODULES = ("power", "rateAt")  # of `js/powers.js` and `js/engine.js`
TESTS = {"===", "!==", "<", "<=", ">", ">=", "&&", "||", "!"}


def number_text(value: float) -> str:
    """A number as JavaScript reads it, shortest, the same bits."""
    if value in (np.inf, -np.inf):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value).removesuffix(".0")


@dataclass
class Writer:
    """Writes nodes of a trace as statements: `const v1 = ...;` for what is used twice, the rest in place.

    `names` has the nodes that have a name already; what is written outside of a loop stays known inside.
    """

    trace: Trace
    names: dict[int, str] = field(default_factory=dict)

    def is_each(self, at: int) -> bool:
        """Whether a node has a value for each coordinate."""
        operation, *parts = self.trace.nodes[at]
        if operation in ("number", "name", "sum"):
            return False
        return operation == "each" or any(map(self.is_each, parts))

    def needed(self, roots: Iterable[int]) -> dict[int, int]:
        """The nodes below `roots` that have no name yet, in order, with how often each is used."""
        uses: dict[int, int] = {}
        waiting = list(roots)
        while waiting:
            at = waiting.pop()
            uses[at] = uses.get(at, 0) + 1
            if uses[at] == 1 and at not in self.names:
                waiting += [part for part in self.parts(at)]
        return dict(sorted(uses.items()))

    def parts(self, at: int) -> list[int]:
        operation, *parts = self.trace.nodes[at]
        return [] if operation in ("number", "name", "each") else parts

    def statements(self, roots: Iterable[int], always: Iterable[int] = ()) -> list[str]:
        """Declarations of what is used more than once below `roots`, and of `always`."""
        forced = set(always)
        lines = []
        for at, count in self.needed(roots).items():
            repeated = count > 1 and self.parts(at)
            if at not in self.names and (repeated or at in forced):
                text = self.text(at)
                self.names[at] = f"v{len(self.names)}"
                lines.append(f"const {self.names[at]} = {text};")
        return lines

    def text(self, at: int, strength: int = 0) -> str:
        """A node as an expression, in brackets where what is around it binds as strongly as `strength`."""
        if at in self.names:
            return self.names[at]
        operation, *parts = self.trace.nodes[at]
        if operation == "number":
            return number_text(parts[0])
        if operation in ("name", "each"):
            return str(parts[0])
        own = STRENGTH.get(operation, ATOM)
        text = self.operation(operation, own, parts)
        return f"({text})" if own < strength else text

    def operation(self, operation: str, own: int, parts: list[int]) -> str:
        """One operation with its operands."""
        if operation == "?":
            test, one, other = parts
            return f"{self.text(test, 2)} ? {self.number(one, 2)} : {self.number(other, 2)}"
        if operation in ("&&", "||"):
            return f" {operation} ".join(self.text(part, own + 1) for part in parts)
        if operation == "!":
            return f"!{self.text(parts[0], own)}"
        if operation == "neg":
            return f"-{self.number(parts[0], ATOM)}"
        if operation in FROM_MODULES:
            return f"{operation}({', '.join(map(self.number, parts))})"
        if operation in STRENGTH:
            left, right = parts
            return f"{self.number(left, own)} {operation} {self.number(right, own + 1)}"
        return f"Math.{operation}({', '.join(map(self.number, parts))})"

    def number(self, at: int, strength: int = 0) -> str:
        """A node as a number: a comparison is 1 or 0."""
        if self.trace.nodes[at][0] in TESTS:
            return f"Number({self.text(at)})"
        return self.text(at, strength)


__all__ = ["Count", "NotRecordable", "Recorded", "Trace", "Writer", "number_text"]
