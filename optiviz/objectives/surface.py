"""A surface: a function of two coordinates that one can walk on and draw."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from inspect import isclass
from itertools import repeat
from typing import Any

import numpy as np

from optiviz._lib.calls import checked_call, checked_settings
from optiviz._lib.display import mime_bundle, short_repr
from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, Batch, Batches
from optiviz.objectives.formula import parse
from optiviz.objectives.function import of_coordinates, real_numbers, takes_a_vector

Limits = tuple[float, float]
# x, y, both () or (N,) -> value and (df/dx, df/dy) of the same shape
SurfaceFunction = Callable[[Any, Any], tuple[Any, tuple[Any, Any]]]


@checked_settings
@dataclass(frozen=True, eq=False)
class Surface:
    """f(x, y) with its exact gradient, and what a picture or a test wants to know of it.

    Parameters
    ----------
    name : str
    function : callable
        `(x, y) -> value, (df/dx, df/dy)`, elementwise on numbers and arrays of any one shape.
    formula : str
        The function as a formula in x and y, for titles and `optiviz list`.
    xlim, ylim : (low, high)
        The window worth drawing.
    start : array (2,)
        Where runs begin unless told otherwise.
    minima : array (K, 2)
        The global minima in the domain; (0, 2) when there is none or none is known.
    f_min : float or None
        The value there.
    levels : "log" or "linear"
        How contour levels are spaced: evenly in log(f - f_min), or evenly in f.
    learning_rates : mapping
        Rule (`"GD"`, `"Momentum"`, ...) -> the rate at which it is instructive here.
    domain : ((x low, x high), (y low, y high))
        Where the function is usually defined; the window unless given.
    noise : float
        Standard deviation of the normal noise added to each coordinate of each step's gradient.
    about : str
        One sentence: what it looks like, and who described it.
    turned : float
        Degrees by which function and domain are turned about the middle of the window; see `turned_surface`.
    """

    __repr__ = short_repr

    name: str
    function: SurfaceFunction
    formula: str
    xlim: Limits
    ylim: Limits
    start: Array
    minima: Array = field(default_factory=lambda: np.empty((0, 2)))
    f_min: float | None = None
    levels: str = "linear"
    learning_rates: Mapping[str, float] = field(default_factory=dict)
    domain: tuple[Limits, Limits] = ()  # type: ignore[assignment]
    noise: float = 0.0
    about: str = ""
    turned: float = 0.0

    def __post_init__(self) -> None:
        for name in ("xlim", "ylim"):
            low, high = (float(end) for end in getattr(self, name))
            wide = high - low > 1e-9 * max(abs(low), abs(high), 1e-300)
            if not (np.isfinite([low, high]).all() and wide and abs(low) < 1e100 and abs(high) < 1e100):
                raise BadInput(
                    f"must be two finite numbers, low then high, got [{low:g}, {high:g}]", field=name
                )
            object.__setattr__(self, name, (low, high))
        start = np.array(self.start, dtype=float)
        if start.shape != (2,) or not np.isfinite(start).all():
            raise BadInput(f"must be two finite numbers, got {self.start!r}", field="start")
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "minima", np.array(self.minima, dtype=float).reshape(-1, 2))
        if self.levels not in ("log", "linear"):
            raise BadInput(f"must be 'log' or 'linear', got {self.levels!r}", field="levels")
        if not (np.isfinite(self.noise) and self.noise >= 0):
            raise BadInput(f"must be a number of at least 0, got {self.noise!r}", field="noise")
        if not self.domain:
            object.__setattr__(self, "domain", (self.xlim, self.ylim))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The landscape, in a notebook."""
        return mime_bundle(self, include, exclude)

    @property
    def far(self) -> float:
        """A million domain widths."""
        (x_low, x_high), (y_low, y_high) = self.domain
        return 1e6 * max(x_high - x_low, y_high - y_low)

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of the window."""
        return 0.5 * (self.xlim[0] + self.xlim[1]), 0.5 * (self.ylim[0] + self.ylim[1])

    def contains(self, theta: Array) -> Any:
        """Whether `theta` is in the domain: (2,) -> (), (2, N) -> (N,)."""
        x, y = rotated(theta[0], theta[1], -self.turned, self.middle) if self.turned else theta
        (left, right), (low, high) = self.domain
        return (x >= left) & (x <= right) & (y >= low) & (y <= high)

    def value(self, theta: Array) -> Array:
        """f at `theta`: (2,) -> (), (2, N) -> (N,)."""
        return self.function(theta[0], theta[1])[0]  # type: ignore[no-any-return]

    def gradient(self, theta: Array, batch: Batch = None) -> Array:
        """The exact gradient, plus the noise vector `batch` if there is one; shaped like theta."""
        return self.value_and_gradient(theta, batch)[1]

    def value_and_gradient(self, theta: Array, batch: Batch = None) -> tuple[Array, Array]:
        """The exact value and the gradient of `gradient`, from one call of the function."""
        value, slope = self.function(theta[0], theta[1])
        gradient = np.array(slope)
        if batch is not None:
            gradient = gradient + batch.reshape(2, *[1] * (gradient.ndim - 1))
        return value, gradient

    def batches(self, rng: np.random.Generator) -> Batches:
        """One noise vector (2,) a step, shared by runs side by side; None without `noise`."""
        if not self.noise:
            return repeat(None)
        return (self.noise * rng.standard_normal(2) for _ in repeat(None))


@checked_call
def surface(
    function: str | Callable[[Any, Any], Any],
    gradient: Callable[[Any, Any], Any] | None = None,
    *,
    xlim: Limits,
    ylim: Limits | None = None,
    start: Any,
    name: str | None = None,
    constants: Mapping[str, float] | None = None,
    variables: Sequence[str] = ("x", "y"),
    **settings: Any,
) -> Surface:
    """A surface of your own, from a formula or from any Python function of two coordinates.

    Parameters
    ----------
    function : str or callable
        A formula such as `"x**2 + 3*sin(y)"`: its gradient is exact (see `optiviz.objectives.formula`
        for the language). Or a callable `(x, y) -> value` that works elementwise on arrays,
        or a function of one vector, as scipy's are.
    gradient : callable, optional
        `(x, y) -> (df/dx, df/dy)` of a callable. Without it slopes are central differences,
        good to about 10 digits on a smooth function.
    xlim, ylim : (low, high)
        The window worth drawing. A formula of one variable needs no `ylim`; the other coordinate is then 0.
    start : (2,), or a number where there is one variable
    name : str, optional
    constants : mapping of names to numbers, optional
        For a formula: `{"a": 1, "b": 100}`.
    variables : one or two names, default ("x", "y")
        What a formula calls its coordinates.
    **settings
        Any other field of `Surface`: `minima`, `f_min`, `levels`, `domain`, `noise`, ...

    Returns
    -------
    Surface

    Raises
    ------
    BadInput
        When the formula is not one, with the offending part marked; when a limit is not finite.

    Examples
    --------
    >>> bowl = surface("x**2 + 3*y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))
    >>> float(bowl.value(bowl.start)), bowl.gradient(bowl.start).tolist()
    (4.0, [2.0, 6.0])
    """
    both: SurfaceFunction
    if isinstance(function, str):
        if gradient is not None:
            raise BadInput("a formula brings its own exact gradient; leave `gradient` out")
        known = parse(function, constants, variables)
        both, formula = known, known.text
        if ylim is None and len(known.variables) < 2:
            ylim, start = (-1.0, 1.0), beside_zero(start)
    elif constants or tuple(variables) != ("x", "y"):
        raise BadInput("constants and variables belong to formulas; a function has its own")
    else:
        if takes_a_vector(function):
            check_one_number(function, start)
            gradient = of_coordinates(gradient, 2) if gradient and takes_a_vector(gradient) else gradient
            name, function = name or getattr(function, "__name__", "surface"), of_coordinates(function)
        elif not callable(function) or isclass(function):
            raise BadInput(f"a surface is made of a formula or a function (x, y), got {function!r:.80}")
        name = str(name or getattr(function, "__name__", "surface"))
        function, slopes = for_arrays(function, start, name), gradient
        both = joint_function(function, slopes) if slopes else with_differences(function)
        formula = ""
    if name is None:
        name = function if isinstance(function, str) else getattr(function, "__name__", "surface")
    if ylim is None:
        raise BadInput("ylim is missing: a surface of two coordinates has a window in both")
    return Surface(name, both, formula, xlim, ylim, start, **settings)


def rotated(x: Any, y: Any, degrees: float, middle: tuple[float, float]) -> tuple[Any, Any]:
    """x and y, turned by so many degrees about `middle`."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    x, y = x - middle[0], y - middle[1]
    return middle[0] + (cos * x - sin * y), middle[1] + (sin * x + cos * y)


def turned_surface(surface: Surface, degrees: float) -> Surface:
    """The same surface turned about the middle of its window, with start, minima and domain.

    Rules that know no axes (gradient descent, momentum) fare on it as on the surface itself, turned along;
    those that scale each coordinate by itself do not.

    Parameters
    ----------
    surface : Surface
    degrees : float
        Against the clock.

    Examples
    --------
    >>> valley = surface("x**2 + 50*y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 0))
    >>> quarter = turned_surface(valley, 90)
    >>> quarter.start.round(12).tolist(), round(float(quarter.value(np.array([1.0, 0.0]))), 9)
    ([0.0, 1.0], 50.0)
    """
    if not degrees:
        return surface
    middle = surface.middle
    ends = np.array([surface.xlim, surface.ylim], dtype=float)
    across, up = np.meshgrid(*ends)
    corners = np.array(rotated(across, up, degrees, middle)).reshape(2, 4)
    # both sides equally far from the middle, which is that of the surface itself
    half = np.abs(corners - np.array(middle)[:, None]).max(axis=1)
    xlim, ylim = ((m - h, m + h) for m, h in zip(middle, half, strict=True))
    return replace(
        surface,
        name=f"{surface.name} turned by {degrees:g} degrees",
        function=partial(turned_values, surface.function, degrees, middle),
        formula="",
        xlim=xlim,
        ylim=ylim,
        start=np.array(rotated(surface.start[0], surface.start[1], degrees, middle)),
        minima=np.array(rotated(surface.minima[:, 0], surface.minima[:, 1], degrees, middle)).T,
        turned=surface.turned + degrees,
    )


def turned_values(
    function: SurfaceFunction, degrees: float, middle: tuple[float, float], x: Any, y: Any
) -> Any:
    """Value and slopes of a turned surface: those of `function` where (x, y) lies on it, turned along."""
    x, y = rotated(x, y, -degrees, middle)
    value, (dx, dy) = function(x, y)
    return value, rotated(dx, dy, degrees, (0.0, 0.0))


def for_arrays(function: Callable[[Any, Any], Any], start: Any, name: str) -> Callable[[Any, Any], Any]:
    """A function of two coordinates that takes arrays too; `math.sin` and `if` take numbers alone.

    Raises
    ------
    BadInput
        When it gives no number at the start, or not one for each of two places.
    """
    try:
        x, y = (np.full(2, part) for part in np.array(start, dtype=float))
    except (TypeError, ValueError):
        return function  # the record says what a start is
    with np.errstate(all="ignore"):
        try:
            found = function(x, y)
        except (TypeError, ValueError):  # a number is wanted: "only 0-dimensional arrays", "ambiguous"
            function = partial(number_by_number, function)
            found = function(x, y)
        except ArithmeticError:
            return function
    found = np.asarray(found)
    if found.dtype.kind not in "biuf":
        raise BadInput(f"{name}: gives {found.tolist()!r:.80} where numbers are needed")
    if found.shape not in ((), (2,)):
        raise BadInput(f"{name}: gives values of shape {found.shape} for two places, (2,) is needed")
    return function


def check_one_number(function: Callable[..., Any], start: Any) -> None:
    """Refuse a function of a vector that does not give one number."""
    with np.errstate(all="ignore"):
        found = np.asarray(function(np.array(start, dtype=float)))
    if found.size != 1 or found.dtype.kind not in "biuf":
        name = getattr(function, "__name__", "surface")
        raise BadInput(f"{name}: gives {found.tolist()!r:.80} at the start, one number is needed")


def number_by_number(function: Callable[[float, float], Any], x: Any, y: Any) -> Any:
    """(...) values of a function that takes numbers alone; nan where it has none."""
    x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    found = np.array([number_at(function, float(a), float(b)) for a, b in zip(x.flat, y.flat, strict=True)])
    return found.reshape(x.shape)[()]


def number_at(function: Callable[[float, float], Any], x: float, y: float) -> Any:
    """The value of `math`'s functions, nan outside their domain and where they overflow."""
    try:
        return function(x, y)
    except (ValueError, ArithmeticError):
        return np.nan


def beside_zero(start: Any) -> Any:
    """The start of a function of one variable, in the plane."""
    return (np.reshape(start, ()), 0.0) if np.size(start) == 1 else start


def joint_function(value: Callable[[Any, Any], Any], gradient: Callable[[Any, Any], Any]) -> SurfaceFunction:
    """One function of value and gradient, from two."""
    return partial(value_and_slopes, value, gradient)


def with_differences(value: Callable[[Any, Any], Any]) -> SurfaceFunction:
    """Value and slope of a function that knows only its value, by central differences.

    The step eps^(1/3) max(1, |x|) balances rounding against the cubic term.
    """
    return partial(value_and_differences, value)


def value_and_slopes(value: Any, gradient: Any, x: Any, y: Any) -> tuple[Any, tuple[Any, Any]]:
    """What `joint_function` calls: at the top of the module, where pickle finds it."""
    height = value(x, y)
    return height, two_slopes(gradient(x, y), np.shape(x))


def two_slopes(found: Any, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """df/dx and df/dy of a user's own gradient, each of `shape`; one number stands for all places.

    Raises
    ------
    BadInput
        When it does not give two of them.
    """
    parts = list(found) if isinstance(found, list | tuple | np.ndarray) and np.ndim(found[:1]) else []
    slopes = [real_numbers(part, "gradient") for part in parts]
    if len(slopes) != 2 or any(slope.shape not in ((), shape) for slope in slopes):
        told = f"slopes of shape {', '.join(str(s.shape) for s in slopes)}" if slopes else f"{found!r:.80}"
        raise BadInput(f"gradient: gives {told}; two are needed, (df/dx, df/dy), each of shape {shape}")
    dx, dy = (np.broadcast_to(slope, shape)[()] for slope in slopes)
    return dx, dy


def value_and_differences(value: Any, x: Any, y: Any) -> tuple[Any, tuple[Any, Any]]:
    """What `with_differences` calls."""
    width = np.finfo(float).eps ** (1 / 3)
    h, k = width * np.maximum(1.0, np.abs(x)), width * np.maximum(1.0, np.abs(y))
    dx = np.subtract(value(x + h, y), value(x - h, y), dtype=float) / ((x + h) - (x - h))
    dy = np.subtract(value(x, y + k), value(x, y - k), dtype=float) / ((y + k) - (y - k))
    return value(x, y), (dx, dy)
