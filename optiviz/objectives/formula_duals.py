"""Values, slopes and second slopes of a formula's tree, by dual numbers in float64."""

from collections.abc import Callable
from typing import Any

import numpy as np

from optiviz._lib.powers import whole_power

# ("+", left, right), ("neg", part), ("sin", part), ("x",), ("number", value)
Tree = tuple[Any, ...]
# value, d/dx, d/dy, and for a Hessian d2/dx2, d2/dxdy, d2/dy2; None where it cannot depend on it,
# so that what stands still stays 0 even beside an infinite slope.
Dual = tuple[Any, ...]

# name -> value of u; slope and second derivative from u and the value f
Rule = Callable[[Any, Any], Any]
LN10, LN2 = np.log(10.0), np.log(2.0)
FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Rule, Rule]] = {
    "sqrt": (np.sqrt, lambda u, f: 0.5 / f, lambda u, f: -0.25 / (u * f)),
    "exp": (np.exp, lambda u, f: f, lambda u, f: f),
    "log": (np.log, lambda u, f: 1.0 / u, lambda u, f: -1.0 / (u * u)),
    "sin": (np.sin, lambda u, f: np.cos(u), lambda u, f: -f),
    "cos": (np.cos, lambda u, f: -np.sin(u), lambda u, f: -f),
    "tan": (np.tan, lambda u, f: 1.0 + f * f, lambda u, f: 2.0 * f * (1.0 + f * f)),
    "sinh": (np.sinh, lambda u, f: np.cosh(u), lambda u, f: f),
    "cosh": (np.cosh, lambda u, f: np.sinh(u), lambda u, f: f),
    "tanh": (np.tanh, lambda u, f: raised(np.cosh(u), -2), lambda u, f: -2.0 * f * raised(np.cosh(u), -2)),
    "arctan": (np.arctan, lambda u, f: 1.0 / (1.0 + u * u), lambda u, f: -2.0 * u * raised(1.0 + u * u, -2)),
    "abs": (np.abs, lambda u, f: np.sign(u), lambda u, f: None),
    "log10": (np.log10, lambda u, f: 1.0 / (u * LN10), lambda u, f: -1.0 / (u * u * LN10)),
    "log2": (np.log2, lambda u, f: 1.0 / (u * LN2), lambda u, f: -1.0 / (u * u * LN2)),
    "log1p": (np.log1p, lambda u, f: 1.0 / (1.0 + u), lambda u, f: -raised(1.0 + u, -2)),
    "expm1": (np.expm1, lambda u, f: np.exp(u), lambda u, f: np.exp(u)),
    "arcsin": (np.arcsin, lambda u, f: 1.0 / circle(u), lambda u, f: u / raised(circle(u), 3)),
    "arccos": (np.arccos, lambda u, f: -1.0 / circle(u), lambda u, f: -u / raised(circle(u), 3)),
    "cbrt": (np.cbrt, lambda u, f: 1.0 / (3.0 * f * f), lambda u, f: -2.0 / (9.0 * u * f * f)),
    "sign": (np.sign, lambda u, f: None, lambda u, f: None),
    "relu": (lambda u: np.maximum(u, 0.0), lambda u, f: np.where(u > 0, 1.0, 0.0), lambda u, f: None),
    "sigmoid": (
        lambda u: stable_sigmoid(u),
        lambda u, f: f * stable_sigmoid(-u),
        lambda u, f: -f * stable_sigmoid(-u) * np.tanh(0.5 * u),
    ),
    "softplus": (
        lambda u: np.logaddexp(0.0, u),
        lambda u, f: stable_sigmoid(u),
        lambda u, f: stable_sigmoid(u) * stable_sigmoid(-u),
    ),
}
SEVERAL = {"max": 2, "min": 2, "atan2": 2, "hypot": 2, "where": 3}  # functions of several arguments
COMPARISONS = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
CONSTANTS = {"pi": np.float64(np.pi), "e": np.float64(np.e)}
NAMES = ("x", "y", *CONSTANTS)


def evaluate(tree: Tree, x: Any, y: Any, order: int) -> list[Any]:
    """Value and derivatives up to `order`, 1 or 2: 3 or 6 results, each of the shape of x and y."""
    x, y = np.asarray(x, dtype=float)[()], np.asarray(y, dtype=float)[()]
    shape = x.shape if x.shape == y.shape else np.broadcast_shapes(x.shape, y.shape)
    none, one = (None,) * (3 * order - 1), np.float64(1.0)
    leaves: dict[str, Dual] = {name: (value, *none) for name, value in CONSTANTS.items()}
    leaves["x"] = (x, one, *none[1:])
    leaves["y"] = (y, None, one, *none[2:])

    def dual(tree: Tree) -> Dual:
        kind, *parts = tree
        if kind == "number":
            return (parts[0], *none)
        if not parts:
            return leaves[kind]
        if kind == "where":
            comparison, left, right = parts[0]
            return either(COMPARISONS[comparison](dual(left)[0], dual(right)[0]), *map(dual, parts[1:]))
        if kind in FUNCTIONS:
            return applied(kind, dual(parts[0]))
        return OPERATIONS[kind](*map(dual, parts))

    def filled(part: Any) -> Any:
        if part is None or np.shape(part) != shape:
            return np.full(shape, 0.0 if part is None else part)[()]
        return np.array(part)[()] if part is x or part is y else part[()]

    with np.errstate(all="ignore"):
        return [filled(part) for part in dual(tree)]


def chain(value: Any, u: Dual, v: Dual, slopes: Any, bends: Callable[[], Any]) -> Dual:
    """f(u, v) by the chain rule: `slopes` are f_u, f_v and `bends()` are f_uu, f_uv, f_vv.

    f_x  = f_u u_x + f_v v_x
    f_xy = f_u u_xy + f_v v_xy + f_uu u_x u_y + f_uv (u_x v_y + u_y v_x) + f_vv v_x v_y
    """
    (fu, fv), (ux, uy), (vx, vy) = slopes, u[1:3], v[1:3]
    dx, dy = plus(times(fu, ux), times(fv, vx)), plus(times(fu, uy), times(fv, vy))
    if len(u) == 3:
        return value, dx, dy
    fuu, fuv, fvv = bends()

    def second(uij: Any, vij: Any, ui: Any, uj: Any, vi: Any, vj: Any) -> Any:
        straight = plus(times(fu, uij), times(fv, vij))
        bent = plus(times(fuu, ui, uj), times(fvv, vi, vj))
        mixed = plus(times(fuv, ui, vj), times(fuv, uj, vi))
        return plus(plus(straight, bent), mixed)

    dxx = second(u[3], v[3], ux, ux, vx, vx)
    dxy = second(u[4], v[4], ux, uy, vx, vy)
    dyy = second(u[5], v[5], uy, uy, vy, vy)
    return value, dx, dy, dxx, dxy, dyy


def plus(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else a + b


def minus(a: Any, b: Any) -> Any:
    return negative(b) if a is None else a if b is None else a - b


def negative(a: Any) -> Any:
    return None if a is None else -a


def times(*factors: Any) -> Any:
    """The product in a derivative, where 0 times infinity is 0: sqrt(x**2 + y**2) is flat at its tip."""
    result = factors[0]
    for factor in factors:
        if factor is None:
            return None
    for factor in factors[1:]:
        product = result * factor
        wrong = product != product
        if wrong.any():
            product = np.where(wrong & (result == result) & (factor == factor), 0.0, product)
        result = product
    return result


def raised(u: Any, n: Any) -> Any:
    """u**n; a small whole n by products, because the last bit of `pow` depends on the processor."""
    if not (abs(n) <= 16 and n == int(n)):
        return np.sqrt(u) if n == 0.5 else np.power(u, n)
    return 1.0 / whole_power(u, int(-n)) if n < 0 else whole_power(u, int(n))


def is_constant(u: Dual) -> bool:
    """Whether u is the same everywhere."""
    return u[1] is None and u[2] is None


def applied(name: str, u: Dual) -> Dual:
    """One of the functions, of u."""
    function, slope, bend = FUNCTIONS[name]
    f = function(u[0])
    if is_constant(u):
        return (f, *u[1:])
    nothing = (None,) * len(u)
    return chain(f, u, nothing, (slope(u[0], f), None), lambda: (bend(u[0], f), None, None))


def stable_sigmoid(u: Any) -> Any:
    """1 / (1 + e^-u), of small u too to full precision."""
    small = np.exp(-np.abs(u))
    return np.where(u >= 0, 1.0, small) / (1.0 + small)


def circle(u: Any) -> Any:
    """sqrt(1 - u**2)."""
    return np.sqrt((1.0 - u) * (1.0 + u))


def either(first: Any, u: Dual, v: Dual) -> Dual:
    """u where `first` holds and v elsewhere, with the derivatives of the one that is taken."""
    return tuple(
        None if a is None and b is None else np.where(first, 0.0 if a is None else a, 0.0 if b is None else b)
        for a, b in zip(u, v, strict=True)
    )


def dual_maximum(u: Dual, v: Dual) -> Dual:
    """The larger of both, the first one where they meet; not a number where one is none."""
    return either((u[0] >= v[0]) | (u[0] != u[0]), u, v)


def dual_minimum(u: Dual, v: Dual) -> Dual:
    return either((u[0] <= v[0]) | (u[0] != u[0]), u, v)


def distance(u: Dual, v: Dual) -> Dual:
    """sqrt(u**2 + v**2), flat at its tip."""
    f = np.hypot(u[0], v[0])
    tip = f == 0
    a, b = np.where(tip, 0.0, u[0] / f), np.where(tip, 0.0, v[0] / f)
    return chain(f, u, v, (a, b), lambda: (b * b / f, -a * b / f, a * a / f))


def angle(u: Dual, v: Dual) -> Dual:
    """The angle of the point (v, u), as atan2(u, v)."""
    r = np.hypot(u[0], v[0])
    a, b = u[0] / r, v[0] / r
    bends = lambda: (-2.0 * a * b / (r * r), (a - b) * (a + b) / (r * r), 2.0 * a * b / (r * r))
    return chain(np.arctan2(u[0], v[0]), u, v, (b / r, -a / r), bends)


def product(u: Dual, v: Dual) -> Dual:
    return chain(u[0] * v[0], u, v, (v[0], u[0]), lambda: (None, np.float64(1.0), None))


def quotient(u: Dual, v: Dual) -> Dual:
    f = u[0] / v[0]
    r = 1.0 / v[0]
    fv = None if is_constant(v) else -f * r
    return chain(f, u, v, (r, fv), lambda: (None, -r * r, None if fv is None else -2.0 * fv * r))


def power(u: Dual, v: Dual) -> Dual:
    base, n, by = u[0], v[0], raised if is_constant(v) else np.power
    f = by(base, n)
    fu = None if is_constant(u) else times(n, by(base, n - 1))
    log = None if is_constant(v) else np.log(base)

    def bends() -> Any:
        fuu = None if fu is None else times(n, n - 1, by(base, n - 2))
        fuv = None if fu is None or log is None else times(by(base, n - 1), 1.0 + times(n, log))
        return fuu, fuv, times(f, log, log)

    return chain(f, u, v, (fu, times(f, log)), bends)


OPERATIONS: dict[str, Callable[..., Dual]] = {
    "+": lambda u, v: tuple(map(plus, u, v)),
    "-": lambda u, v: tuple(map(minus, u, v)),
    "neg": lambda u: tuple(map(negative, u)),
    "*": product,
    "/": quotient,
    "**": power,
    "max": dual_maximum,
    "min": dual_minimum,
    "hypot": distance,
    "atan2": angle,
}
