"""The catalogue of test surfaces, each with its formula, its exact gradient and its minima.

Every function takes x and y, numbers or arrays of one shape, and returns its value and its two slopes.
Where a slope does not exist (the crease of |x|, the tip of a cone) it is 0 there, never NaN.
Powers above two are written as products: they then come out the same to the last bit on every computer.
"""
# mypy: allow-untyped-defs
# (the decorator below gives each function its type)

from collections.abc import Callable, Mapping
from inspect import cleandoc
from math import e, pi, sqrt
from types import MappingProxyType
from typing import Any

import numpy as np

from optiviz._lib.registry import Parts
from optiviz.objectives.surface import Surface, SurfaceFunction

RULES = ("GD", "Momentum", "NAG", "Adagrad", "Adadelta", "RMSprop", "Adam")  # the order of all `rates`

_listed: dict[str, Surface] = Parts()
surfaces: Mapping[str, Surface] = MappingProxyType(_listed)


def listed(
    formula: str, *, rates: tuple[float, ...], **settings: Any
) -> Callable[[SurfaceFunction], Surface]:
    """Turn the function below into a `Surface` of its name, and enter it in `surfaces`.

    `rates` are the instructive learning rates of `RULES`, in that order; `settings` are fields of `Surface`.
    """

    def enter(function: SurfaceFunction) -> Surface:
        name = function.__name__
        # where pickle finds it: the name in this module is the surface's
        function.__qualname__ = f"{name}.function"
        about = " ".join(cleandoc(function.__doc__ or "").split("\n\n")[0].split())
        learning_rates = dict(zip(RULES, rates, strict=True))
        _listed[name] = Surface(
            name, function, formula, learning_rates=learning_rates, about=about, **settings
        )
        return _listed[name]

    return enter


def nonzero(r: Any) -> Any:
    """r, but 1 where r is 0: a denominator that never divides by zero."""
    return r + (r == 0)


# Bowls: convex, one minimum


@listed(
    "x**2 + y**2",
    xlim=(-5.12, 5.12),
    ylim=(-5.12, 5.12),
    start=(-4.0, 3.0),
    minima=[(0.0, 0.0)],
    f_min=0.0,
    rates=(0.02, 0.05, 0.002, 0.5, 10.0, 0.05, 0.1),
)
def sphere(x, y):
    """A round bowl, the easiest of all: gradient descent with rate 0.5 lands in one step."""
    return x * x + y * y, (2 * x, 2 * y)


@listed(
    "0.5*(x**2 + 50*y**2)",
    xlim=(-10, 10),
    ylim=(-2, 2),
    start=(-9.0, 1.0),
    minima=[(0.0, 0.0)],
    f_min=0.0,
    levels="log",
    rates=(0.02, 0.02, 0.01, 1.0, 2.0, 0.05, 2.0),
)
def ill_conditioned_quadratic(x, y):
    """A bowl 50 times steeper across than along: gradient descent bears a rate of 2/50, no more."""
    return 0.5 * (x * x + 50 * y * y), (x, 50 * y)


@listed(
    "0.25*(x + y)**2 + 12.5*(x - y)**2",
    xlim=(-5, 5),
    ylim=(-5, 5),
    start=(-4.0, -1.0),
    minima=[(0.0, 0.0)],
    f_min=0.0,
    levels="log",
    rates=(0.02, 0.005, 0.002, 2.0, 5.0, 0.05, 2.0),
)
def rotated_quadratic(x, y):
    """The ill-conditioned bowl turned by 45 degrees: a rate for each coordinate no longer helps."""
    along, across = x + y, x - y
    value = 0.25 * along * along + 12.5 * across * across
    return value, (0.5 * along + 25 * across, 0.5 * along - 25 * across)


@listed(
    "x**2/20 + y**2",
    xlim=(-10, 10),
    ylim=(-5, 5),
    start=(-7.0, 2.0),
    minima=[(0.0, 0.0)],
    f_min=0.0,
    rates=(0.5, 0.05, 0.1, 1.0, 10.0, 0.1, 1.0),
)
def ravine(x, y):
    """A long gentle trough, 20 times steeper across: gradient descent zigzags, momentum rolls past."""
    return x * x / 20 + y * y, (x / 10, 2 * y)


@listed(
    "0.1*x**2 + 2*y**2",
    xlim=(-6, 2),
    ylim=(-3, 2),
    start=(-5.0, -2.0),
    minima=[(0.0, 0.0)],
    f_min=0.0,
    rates=(0.2, 0.02, 0.02, 0.5, 10.0, 0.05, 0.2),
)
def sparse_bowl(x, y):
    """A bowl with a weak slope in x, as a rare feature has: Adagrad makes equal way in both."""
    return 0.1 * x * x + 2 * y * y, (0.2 * x, 4 * y)


@listed(
    "6*x**2 + y**2 + 4*x*y - 15.2*x - 6*y + 11",
    xlim=(-3, 5),
    ylim=(-4, 6),
    start=(-2.0, -3.0),
    minima=[(0.8, 1.4)],
    f_min=0.72,
    levels="log",
    rates=(0.05, 0.01, 0.005, 1.0, 10.0, 0.05, 0.5),
)
def linear_regression(x, y):
    """The mean squared error of a line with slope x and intercept y through five points: a tilted ellipse.

    The points are (0, 1), (1, 3), (2, 2), (3, 5), (4, 4).
    """
    value = 6 * x * x + y * y + 4 * x * y - 15.2 * x - 6 * y + 11
    return value, (12 * x + 4 * y - 15.2, 4 * x + 2 * y - 6)


@listed(
    "(x + 2*y - 7)**2 + (2*x + y - 5)**2",
    xlim=(-10, 10),
    ylim=(-10, 10),
    start=(-8.0, -8.0),
    minima=[(1.0, 3.0)],
    f_min=0.0,
    levels="log",
    rates=(0.005, 0.0005, 0.0005, 2.0, 20.0, 0.1, 1.0),
)
def booth(x, y):
    """A well-behaved oblique bowl: a rate of 0.01 is fine for gradient descent and hopeless for Adagrad."""
    a = x + 2 * y - 7
    b = 2 * x + y - 5
    return a * a + b * b, (2 * a + 4 * b, 4 * a + 2 * b)


@listed(
    "0.26*(x**2 + y**2) - 0.48*x*y",
    xlim=(-10, 10),
    ylim=(-10, 10),
    start=(-8.0, 3.0),
    minima=[(0.0, 0.0)],
    f_min=0.0,
    levels="log",
    rates=(0.5, 0.1, 0.05, 2.0, 20.0, 0.2, 2.0),
)
def matyas(x, y):
    """A shallow bowl with a nearly flat diagonal valley: gradient descent needs a rate near 1."""
    value = 0.26 * (x * x + y * y) - 0.48 * x * y
    return value, (0.52 * x - 0.48 * y, 0.52 * y - 0.48 * x)


@listed(
    "abs(x) + 3*abs(y)",
    xlim=(-4, 4),
    ylim=(-4, 4),
    start=(-3.3, 2.1),
    minima=[(0.0, 0.0)],
    f_min=0.0,
    rates=(0.01, 0.001, 0.001, 0.1, 1.0, 5.0, 0.01),
)
def l1_norm(x, y):
    """A pyramid standing on its tip, creased along both axes: a constant rate hops across for ever."""
    return np.abs(x) + 3 * np.abs(y), (np.sign(x), 3 * np.sign(y))


# Valleys, and landscapes with a few minima


@listed(
    "(1 - x)**2 + 100*(y - x**2)**2",
    domain=((-5, 10), (-5, 10)),
    xlim=(-2, 2),
    ylim=(-1, 3),
    start=(-1.5, 2.0),
    minima=[(1.0, 1.0)],
    f_min=0.0,
    levels="log",
    rates=(0.002, 0.002, 0.001, 5.0, 0.5, 0.002, 2.0),
)
def rosenbrock(x, y):
    """The banana: a bent valley that is quickly found, and then only crept along.  (Rosenbrock, 1960.)"""
    a = 1 - x
    b = y - x * x
    return a * a + 100 * b * b, (-2 * a - 400 * x * b, 200 * b)


@listed(
    "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2",
    xlim=(-4.5, 4.5),
    ylim=(-4.5, 4.5),
    start=(1.0, 1.5),
    minima=[(3.0, 0.5)],
    f_min=0.0,
    levels="log",
    rates=(0.02, 0.005, 0.002, 1.0, 2.0, 0.05, 0.5),
)
def beale(x, y):
    """A curved, nearly flat valley between four steep corners.  (Beale, 1958.)"""
    y2 = y * y
    y3 = y2 * y
    a = 1.5 - x + x * y
    b = 2.25 - x + x * y2
    c = 2.625 - x + x * y3
    dx = 2 * (a * (y - 1) + b * (y2 - 1) + c * (y3 - 1))
    dy = 2 * x * (a + 2 * b * y + 3 * c * y2)
    return a * a + b * b + c * c, (dx, dy)


@listed(
    "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
    xlim=(-5, 5),
    ylim=(-5, 5),
    start=(-0.5, -0.5),
    minima=[
        (-3.7793102533777469, -3.2831859912861694),
        (-2.8051180869527449, 3.1313125182505730),
        (3.0, 2.0),
        (3.5844283403304917, -1.8481265269644036),
    ],
    f_min=0.0,
    levels="log",
    rates=(0.002, 0.01, 0.0005, 10.0, 5.0, 0.05, 0.5),
)
def himmelblau(x, y):
    """Four minima of equal depth: the start and the rate decide which is found.  (Himmelblau, 1972.)"""
    a = x * x + y - 11
    b = x + y * y - 7
    return a * a + b * b, (4 * x * a + 2 * b, 2 * a + 4 * y * b)


@listed(
    "2*x**2 - 1.05*x**4 + x**6/6 + x*y + y**2",
    domain=((-5, 5), (-5, 5)),
    xlim=(-2.5, 2.5),
    ylim=(-2.5, 2.5),
    start=(1.7, 1.5),
    minima=[(0.0, 0.0)],
    f_min=0.0,
    levels="log",
    rates=(0.1, 0.1, 0.1, 0.2, 5.0, 0.02, 0.5),
)
def three_hump_camel(x, y):
    """Three wells in a row, the middle one deepest: from the right one only inertia rolls over the hump."""
    x2 = x * x
    value = x2 * (2 - 1.05 * x2 + x2 * x2 / 6) + x * y + y * y
    return value, (x * (4 - 4.2 * x2 + x2 * x2) + y, x + 2 * y)


@listed(
    "(4 - 2.1*x**2 + x**4/3)*x**2 + x*y + (-4 + 4*y**2)*y**2",
    domain=((-3, 3), (-2, 2)),
    xlim=(-2, 2),
    ylim=(-1.2, 1.2),
    start=(1.8, 0.7),
    minima=[(-0.089842013100318062, 0.71265640302073963), (0.089842013100318062, -0.71265640302073963)],
    f_min=-1.0316284534898774,
    rates=(0.1, 0.1, 0.05, 2.0, 0.2, 1.0, 0.5),
)
def six_hump_camel(x, y):
    """Six wells, point-symmetric in pairs, two of them deepest: gradient descent stops in a shallow one."""
    x2, y2 = x * x, y * y
    value = x2 * (4 - 2.1 * x2 + x2 * x2 / 3) + x * y + y2 * (4 * y2 - 4)
    return value, (x * (8 - 8.4 * x2 + 2 * x2 * x2) + y, x + y * (16 * y2 - 8))


@listed(
    "sin(x + y) + (x - y)**2 - 1.5*x + 2.5*y + 1",
    xlim=(-1.5, 4),
    ylim=(-3, 4),
    start=(3.5, -2.0),
    minima=[(-0.54719755119659775, -1.5471975511965979)],
    f_min=-1.9132229549810364,
    rates=(0.05, 0.01, 0.005, 0.5, 10.0, 0.1, 0.5),
)
def mccormick(x, y):
    """A wavy trough that descends along its diagonal.  (McCormick, 1972.)

    Its minimum is one of the domain only: further down the diagonal the surface falls without end.
    """
    a = x - y
    wave = np.cos(x + y)
    value = np.sin(x + y) + a * a - 1.5 * x + 2.5 * y + 1
    return value, (wave + 2 * a - 1.5, wave - 2 * a + 2.5)


@listed(
    "(1 + (x + y + 1)**2*(19 - 14*x + 3*x**2 - 14*y + 6*x*y + 3*y**2))"
    "*(30 + (2*x - 3*y)**2*(18 - 32*x + 12*x**2 + 48*y - 36*x*y + 27*y**2))",
    xlim=(-2, 2),
    ylim=(-2, 2),
    start=(-1.0, 0.5),
    minima=[(0.0, -1.0)],
    f_min=3.0,
    levels="log",
    rates=(2e-5, 1e-5, 1e-5, 1.0, 2.0, 0.2, 0.5),
)
def goldstein_price(x, y):
    """Values from 3 to a million: a rate the sides bear is lost on the floor.  (Goldstein, Price, 1971.)"""
    # both factors depend on one combination of x and y alone, and so are short
    u = x + y
    v = 2 * x - 3 * y
    a = 1 + (u + 1) * (u + 1) * (19 - 14 * u + 3 * u * u)
    b = 30 + v * v * (18 - 16 * v + 3 * v * v)
    da = 12 * (u + 1) * (u - 1) * (u - 2)  # da/du
    db = 12 * v * (v - 1) * (v - 3)  # db/dv
    return a * b, (da * b + 2 * a * db, da * b - 3 * a * db)


@listed(
    "(y - 5.1/(4*pi**2)*x**2 + 5/pi*x - 6)**2 + 10*(1 - 1/(8*pi))*cos(x) + 10",
    xlim=(-5, 10),
    ylim=(0, 15),
    start=(6.0, 14.0),
    minima=[(-pi, 12.275), (pi, 2.275), (3 * pi, 2.475)],
    f_min=0.39788735772973834,
    levels="log",
    rates=(0.02, 0.01, 0.005, 2.0, 10.0, 0.1, 2.0),
)
def branin(x, y):
    """A curved valley with three equal minima: from one start the rules part ways.  (Branin, 1972.)"""
    bend, tilt, swell = 5.1 / (4 * pi * pi), 5 / pi, 10 * (1 - 1 / (8 * pi))
    a = y - bend * x * x + tilt * x - 6
    return a * a + swell * np.cos(x) + 10, (2 * a * (tilt - 2 * bend * x) - swell * np.sin(x), 2 * a)


@listed(
    "100*sqrt(abs(y - 0.01*x**2)) + 0.01*abs(x + 10)",
    xlim=(-15, -5),
    ylim=(-3, 3),
    start=(-12.0, 2.5),
    minima=[(-10.0, 1.0)],
    f_min=0.0,
    rates=(2e-5, 1e-5, 2e-5, 0.02, 0.2, 0.005, 0.002),
)
def bukin6(x, y):
    """A valley as sharp as a knife, infinitely steep at its floor: every rule gets stuck.

    On the floor itself, y = 0.01 x^2, the slope of the first term is taken as 0.
    """
    a = y - 0.01 * x * x
    root = np.sqrt(np.abs(a))
    dy = 50 * np.sign(a) / nonzero(root)
    return 100 * root + 0.01 * np.abs(x + 10), (0.01 * np.sign(x + 10) - 0.02 * x * dy, dy)


@listed(
    "-cos(x)*cos(y)*exp(-(x - pi)**2 - (y - pi)**2)",
    domain=((-100, 100), (-100, 100)),
    xlim=(0, 6.5),
    ylim=(0, 6.5),
    start=(1.7, 1.7),
    minima=[(pi, pi)],
    f_min=-1.0,
    rates=(0.5, 0.5, 0.1, 2.0, 1.0, 0.02, 0.5),
)
def easom(x, y):
    """One hole in a vast plain: a little way off there is no slope to follow.  (Easom, 1990.)"""
    a, b = x - pi, y - pi
    bump = np.exp(-a * a - b * b)
    cos_x, cos_y = np.cos(x), np.cos(y)
    dx = bump * cos_y * (np.sin(x) + 2 * a * cos_x)
    dy = bump * cos_x * (np.sin(y) + 2 * b * cos_y)
    return -cos_x * cos_y * bump, (dx, dy)


# Ripples: many minima


@listed(
    "20 + x**2 - 10*cos(2*pi*x) + y**2 - 10*cos(2*pi*y)",
    xlim=(-5.12, 5.12),
    ylim=(-5.12, 5.12),
    start=(2.2, -1.3),
    minima=[(0.0, 0.0)],
    f_min=0.0,
    rates=(0.005, 0.005, 0.002, 1.0, 0.2, 0.001, 0.5),
)
def rastrigin(x, y):
    """An egg box on a bowl, 121 minima: at a small rate every rule stays in its cell.  (Rastrigin, 1974.)"""
    u, v = 2 * pi * x, 2 * pi * y
    value = 20 + x * x - 10 * np.cos(u) + y * y - 10 * np.cos(v)
    return value, (2 * x + 20 * pi * np.sin(u), 2 * y + 20 * pi * np.sin(v))


@listed(
    "-20*exp(-0.2*sqrt(0.5*(x**2 + y**2))) - exp(0.5*(cos(2*pi*x) + cos(2*pi*y))) + e + 20",
    domain=((-32.768, 32.768), (-32.768, 32.768)),
    xlim=(-5, 5),
    ylim=(-5, 5),
    start=(1.6, -2.3),
    minima=[(0.0, 0.0)],
    f_min=0.0,
    rates=(0.02, 0.02, 0.02, 0.5, 0.2, 0.002, 0.2),
)
def ackley(x, y):
    """A funnel hidden by ripples, with a sharp tip at its bottom.  (Ackley, 1987.)"""
    u, v = 2 * pi * x, 2 * pi * y
    r = np.sqrt(0.5 * (x * x + y * y))
    funnel = np.exp(-0.2 * r)
    ripple = np.exp(0.5 * (np.cos(u) + np.cos(v)))
    slope = 2 * funnel / nonzero(r)
    value = 20 * (1 - funnel) + (e - ripple)  # in this order it is exactly 0 at the tip
    return value, (slope * x + pi * ripple * np.sin(u), slope * y + pi * ripple * np.sin(v))


@listed(
    "1 + (x**2 + y**2)/4000 - cos(x)*cos(y/sqrt(2))",
    domain=((-600, 600), (-600, 600)),
    xlim=(-10, 10),
    ylim=(-10, 10),
    start=(-7.0, 5.0),
    minima=[(0.0, 0.0)],
    f_min=0.0,
    rates=(1.0, 2.0, 1.0, 2.0, 2.0, 0.01, 2.0),
)
def griewank(x, y):
    """Ripples on a bowl so wide that it is felt only from afar.  (Griewank, 1981.)"""
    v = y / sqrt(2)
    cos_x, cos_v = np.cos(x), np.cos(v)
    value = 1 + (x * x + y * y) / 4000 - cos_x * cos_v
    return value, (x / 2000 + np.sin(x) * cos_v, y / 2000 + cos_x * np.sin(v) / sqrt(2))


@listed(
    "sin(pi*(1 + (x - 1)/4))**2 + ((x - 1)/4)**2*(1 + 10*sin(pi*(1 + (x - 1)/4) + 1)**2)"
    " + ((y - 1)/4)**2*(1 + sin(2*pi*(1 + (y - 1)/4))**2)",
    xlim=(-10, 10),
    ylim=(-10, 10),
    start=(5.9, 6.0),
    minima=[(1.0, 1.0)],
    f_min=0.0,
    levels="log",
    rates=(0.2, 0.02, 0.02, 5.0, 1.0, 2.0, 0.5),
)
def levy(x, y):
    """Waves across a bowl: gradient descent stops in a trough that momentum rolls through."""
    # with x = 1 + 4a and y = 1 + 4b; half turns fall out of a squared sine
    a, b = (x - 1) / 4, (y - 1) / 4
    sin_a, sin_a1, sin_b = np.sin(pi * a), np.sin(pi * a + 1), np.sin(2 * pi * b)
    p = 1 + 10 * sin_a1 * sin_a1
    q = 1 + sin_b * sin_b
    da = pi * np.sin(2 * pi * a) + 2 * a * p + 10 * pi * a * a * np.sin(2 * pi * a + 2)
    db = 2 * b * q + 2 * pi * b * b * np.sin(4 * pi * b)
    return sin_a * sin_a + a * a * p + b * b * q, (da / 4, db / 4)


@listed(
    "sin(3*pi*x)**2 + (x - 1)**2*(1 + sin(3*pi*y)**2) + (y - 1)**2*(1 + sin(2*pi*y)**2)",
    domain=((-10, 10), (-10, 10)),
    xlim=(-3, 5),
    ylim=(-3, 5),
    start=(1.1, 3.2),
    minima=[(1.0, 1.0)],
    f_min=0.0,
    levels="log",
    rates=(0.005, 0.002, 0.002, 1.0, 0.2, 0.0005, 0.2),
)
def levy13(x, y):
    """Short waves both ways across a bowl: plain momentum arrives, gradient descent never does."""
    a, b = x - 1, y - 1
    sin_x, sin_3y, sin_2y = np.sin(3 * pi * x), np.sin(3 * pi * y), np.sin(2 * pi * y)
    p = 1 + sin_3y * sin_3y
    q = 1 + sin_2y * sin_2y
    dx = 3 * pi * np.sin(6 * pi * x) + 2 * a * p
    dy = 3 * pi * a * a * np.sin(6 * pi * y) + 2 * b * q + 2 * pi * b * b * np.sin(4 * pi * y)
    return sin_x * sin_x + a * a * p + b * b * q, (dx, dy)


@listed(
    "0.5*(x**4 - 16*x**2 + 5*x + y**4 - 16*y**2 + 5*y)",
    xlim=(-5, 5),
    ylim=(-5, 5),
    start=(0.5, -0.3),
    minima=[(-2.9035340277711771, -2.9035340277711771)],
    f_min=-78.332331407542831,
    rates=(0.05, 0.02, 0.02, 20.0, 1.0, 50.0, 2.0),
)
def styblinski_tang(x, y):
    """Four unequal wells around a hill: which one is a matter of the start.  (Styblinski, Tang, 1990.)"""
    x2, y2 = x * x, y * y
    value = 0.5 * (x2 * (x2 - 16) + 5 * x + y2 * (y2 - 16) + 5 * y)
    return value, (2 * x * (x2 - 8) + 2.5, 2 * y * (y2 - 8) + 2.5)


def power_19(s: Any) -> Any:
    """s to the 19th, by squaring."""
    s2 = s * s
    s4 = s2 * s2
    s8 = s4 * s4
    return s8 * s8 * s2 * s


@listed(
    "-sin(x)*sin(x**2/pi)**20 - sin(y)*sin(2*y**2/pi)**20",
    xlim=(0, pi),
    ylim=(0, pi),
    start=(1.9, 1.35),
    minima=[(2.2029055201726093, pi / 2)],
    f_min=-1.8013034100985525,
    rates=(0.002, 0.01, 0.0005, 0.5, 0.5, 0.002, 0.02),
)
def michalewicz(x, y):
    """Steep canyons in flat ground: away from their walls there is no slope.  (Michalewicz, 1992.)"""
    u, v = x * x / pi, 2 * y * y / pi
    sin_x, sin_y, sin_u, sin_v = np.sin(x), np.sin(y), np.sin(u), np.sin(v)
    u19, v19 = power_19(sin_u), power_19(sin_v)
    dx = -u19 * (np.cos(x) * sin_u + 40 / pi * x * sin_x * np.cos(u))
    dy = -v19 * (np.cos(y) * sin_v + 80 / pi * y * sin_y * np.cos(v))
    return -sin_x * sin_u * u19 - sin_y * sin_v * v19, (dx, dy)


@listed(
    "-(y + 47)*sin(sqrt(abs(x/2 + y + 47))) - x*sin(sqrt(abs(x - (y + 47))))",
    xlim=(-512, 512),
    ylim=(-512, 512),
    start=(440.0, 440.0),
    minima=[(512.0, 404.23180511375781)],
    f_min=-959.64066272085080,
    rates=(0.5, 2.0, 5.0, 20.0, 20.0, 0.05, 20.0),
)
def eggholder(x, y):
    """A mountain range that grows outwards: an optimizer follows it out of the picture.

    Its minimum lies on the border x = 512, where the slope is not 0; beyond it the surface is lower.
    """
    a = y + 47
    b, c = x / 2 + a, x - a
    u, v = np.sqrt(np.abs(b)), np.sqrt(np.abs(c))
    sin_u, sin_v = np.sin(u), np.sin(v)
    db = -a * np.cos(u) * np.sign(b) / (2 * nonzero(u))  # slope through b, and through c
    dc = -x * np.cos(v) * np.sign(c) / (2 * nonzero(v))
    return -a * sin_u - x * sin_v, (db / 2 + dc - sin_v, db - dc - sin_u)


@listed(
    "837.96577454486741254 - x*sin(sqrt(abs(x))) - y*sin(sqrt(abs(y)))",
    xlim=(-500, 500),
    ylim=(-500, 500),
    start=(350.0, 350.0),
    minima=[(420.96874635998203, 420.96874635998203)],
    f_min=0.0,
    rates=(0.2, 0.02, 0.02, 10.0, 50.0, 1.0, 20.0),
)
def schwefel(x, y):
    """Deceptive: the deepest well sits in a corner, far from the second best.  (Schwefel, 1981.)

    Beyond the domain the wells go deeper still. The constant makes the value at the minimum 0.
    """
    u, v = np.sqrt(np.abs(x)), np.sqrt(np.abs(y))
    sin_u, sin_v = np.sin(u), np.sin(v)
    value = 837.9657745448674 - x * sin_u - y * sin_v
    return value, (-sin_u - 0.5 * u * np.cos(u), -sin_v - 0.5 * v * np.cos(v))


@listed(
    "-(1 + cos(12*sqrt(x**2 + y**2)))/(0.5*(x**2 + y**2) + 2)",
    domain=((-5.12, 5.12), (-5.12, 5.12)),
    xlim=(-2, 2),
    ylim=(-2, 2),
    start=(0.6, 0.35),
    minima=[(0.0, 0.0)],
    f_min=-1.0,
    rates=(0.02, 0.02, 0.01, 0.5, 0.1, 0.0005, 0.2),
)
def drop_wave(x, y):
    """Rings around a drop fallen into water: every rule stays in the ring where it began."""
    r2 = x * x + y * y
    r = np.sqrt(r2)
    a = 1 + np.cos(12 * r)
    b = 0.5 * r2 + 2
    slope = (12 * np.sin(12 * r) / nonzero(r) + a / b) / b  # df/dr / r
    return -a / b, (slope * x, slope * y)


@listed(
    "-0.0001*(abs(sin(x)*sin(y)*exp(abs(100 - sqrt(x**2 + y**2)/pi))) + 1)**0.1",
    xlim=(-10, 10),
    ylim=(-10, 10),
    start=(2.2, 0.6),
    minima=[
        (-1.3494066171539108, -1.3494066171539108),
        (-1.3494066171539108, 1.3494066171539108),
        (1.3494066171539108, -1.3494066171539108),
        (1.3494066171539108, 1.3494066171539108),
    ],
    f_min=-2.0626118708227369,
    rates=(0.2, 0.2, 0.02, 0.1, 10.0, 0.02, 0.5),
)
def cross_in_tray(x, y):
    """A tray of pits parted by creases, the four around the centre deepest.  (Mishra, 2006.)"""
    r = np.sqrt(x * x + y * y)
    sin_x, sin_y = np.sin(x), np.sin(y)
    wave, decay = sin_x * sin_y, 100 - r / pi
    height = np.exp(np.abs(decay))
    a = np.abs(wave) * height + 1
    value = -0.0001 * np.power(a, 0.1)  # of a number as of an array; ** takes another way there
    da = 0.1 * value / a
    fold = np.sign(wave) * height
    fall = np.abs(wave) * height * np.sign(decay) / (pi * nonzero(r))
    return value, (da * (fold * np.cos(x) * sin_y - fall * x), da * (fold * sin_x * np.cos(y) - fall * y))


@listed(
    "-abs(sin(x)*cos(y)*exp(abs(1 - sqrt(x**2 + y**2)/pi)))",
    xlim=(-10, 10),
    ylim=(-10, 10),
    start=(7.0, 8.5),
    minima=[
        (-8.0550234757365634, -9.6645900192412729),
        (-8.0550234757365634, 9.6645900192412729),
        (8.0550234757365634, -9.6645900192412729),
        (8.0550234757365634, 9.6645900192412729),
    ],
    f_min=-19.208502567886732,
    rates=(0.005, 0.001, 0.001, 0.1, 2.0, 0.01, 1.0),
)
def holder_table(x, y):
    """A table on four legs: creased pits, the deepest towards the corners.

    Beyond the domain the pits deepen exponentially, so a large rate escapes for good.
    """
    r = np.sqrt(x * x + y * y)
    sin_x, cos_y = np.sin(x), np.cos(y)
    wave, decay = sin_x * cos_y, 1 - r / pi
    height = np.exp(np.abs(decay))
    value = -np.abs(wave) * height
    fold = np.sign(wave) * height
    fall = value * np.sign(decay) / (pi * nonzero(r))
    return value, (-fold * np.cos(x) * cos_y - fall * x, fold * sin_x * np.sin(y) - fall * y)


# Saddles: no minimum, except in the double well. The reference gives no rates here, so they are chosen:
# one for all where the lesson is a race out of the saddle, else such that most take some tens of steps
# to fall below -1.


@listed(
    "x**2 - y**2",
    xlim=(-3, 3),
    ylim=(-3, 3),
    start=(-2.0, 0.001),
    rates=(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1),
)
def saddle(x, y):
    """The plain saddle, entered along its ridge: a race to get away, which RMSprop wins."""
    return x * x - y * y, (2 * x, -2 * y)


@listed(
    "x**3 - 3*x*y**2",
    xlim=(-2, 2),
    ylim=(-2, 2),
    start=(1.2, 0.01),
    rates=(0.05, 0.01, 0.01, 0.05, 0.5, 0.01, 0.02),
)
def monkey_saddle(x, y):
    """Three valleys, two for the legs and one for the tail: so flat at the centre that escape is slow."""
    x2, y2 = x * x, y * y
    return x * (x2 - 3 * y2), (3 * (x2 - y2), -6 * x * y)


@listed(
    "-x**2 - x + y**2",
    xlim=(-3, 2),
    ylim=(-2, 2),
    start=(-0.499, 1.5),
    rates=(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1),
)
def lecture_saddle(x, y):
    """A saddle at (-1/2, 0): y settles at once, the loss rests on a plateau, then x runs away."""
    return -x * x - x + y * y, (-2 * x - 1, 2 * y)


@listed(
    "y**2*cos(x)",
    xlim=(-6, 6),
    ylim=(-3, 3),
    start=(-1.0, 2.0),
    rates=(0.01, 0.01, 0.01, 0.1, 5.0, 0.02, 0.02),
)
def y2_cos_x(x, y):
    """A valley that turns into a crest: all of y = 0 is stationary, but stable only where cos x > 0."""
    cos_x = np.cos(x)
    return y * y * cos_x, (-y * y * np.sin(x), 2 * y * cos_x)


@listed(
    "x**4/4 - x**2/2 + y**2/2",
    xlim=(-2, 2),
    ylim=(-2, 2),
    start=(0.001, 1.5),
    minima=[(-1.0, 0.0), (1.0, 0.0)],
    f_min=-0.25,
    rates=(1.0, 0.5, 0.05, 0.2, 5.0, 0.02, 0.1),
)
def double_well(x, y):
    """Two wells with a saddle between: started beside its ridge, the loss rests on a plateau, then falls."""
    x2 = x * x
    return x2 * (x2 / 4 - 0.5) + y * y / 2, (x * (x2 - 1), y)


# Slopes that vanish, explode or mislead


@listed(
    "1 - exp(-(x**2 + y**2)/2)",
    xlim=(-5, 5),
    ylim=(-5, 5),
    start=(2.6, 2.0),
    minima=[(0.0, 0.0)],
    f_min=0.0,
    rates=(0.5, 1.0, 0.2, 0.2, 2.0, 0.02, 0.5),
)
def plateau(x, y):
    """A dimple in a plain, the vanishing gradient: from far out only Adam and RMSprop walk in."""
    dimple = np.exp(-0.5 * (x * x + y * y))
    return 1 - dimple, (x * dimple, y * dimple)


@listed(
    "0.05*(x**2 + y**2) + 1 + tanh(10*(x - 1))",
    xlim=(-3, 5),
    ylim=(-3, 3),
    start=(4.0, 2.0),
    minima=[(-8.2444785117953108e-7, 0.0)],
    f_min=4.1222732501070494e-9,
    rates=(0.5, 0.2, 0.1, 2.0, 20.0, 0.2, 1.0),
)
def cliff(x, y):
    """A gentle bowl with a wall at x = 1, the exploding gradient: one step on it kicks the ball far away."""
    wall = np.tanh(10 * (x - 1))
    return 0.05 * (x * x + y * y) + 1 + wall, (0.1 * x + 10 * (1 - wall * wall), 0.1 * y)


@listed(
    "-exp(-((x - 1)**2 + (y - 1)**2)/0.5) - 0.8*exp(-((x + 1)**2 + (y + 1)**2))"
    " - 0.5*exp(-((x - 1.5)**2 + (y + 1.5)**2)/0.8) + 0.02*(x**2 + y**2)",
    xlim=(-3, 3),
    ylim=(-3, 3),
    start=(-0.1, 0.3),
    minima=[(0.98985701047643969, 0.98956742214449763)],
    f_min=-0.96084273413449948,
    rates=(1.0, 1.0, 0.5, 2.0, 1.0, 0.005, 0.5),
)
def gaussian_wells(x, y):
    """Three round wells of unequal depth: a small change of the start changes the basin."""
    ax, ay, bx, by, cx, cy = x - 1, y - 1, x + 1, y + 1, x - 1.5, y + 1.5
    a = np.exp(-2 * (ax * ax + ay * ay))
    b = 0.8 * np.exp(-(bx * bx + by * by))
    c = 0.5 * np.exp(-1.25 * (cx * cx + cy * cy))
    dx = 4 * a * ax + 2 * b * bx + 2.5 * c * cx + 0.04 * x
    dy = 4 * a * ay + 2 * b * by + 2.5 * c * cy + 0.04 * y
    return 0.02 * (x * x + y * y) - a - b - c, (dx, dy)
