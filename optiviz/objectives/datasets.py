"""Data to fit a curve to, made from a formula and a seed; and the index of all data that has a name.

n  rows      m  places where a curve is asked for
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Annotated

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz._lib.typing import Array, Bounds
from optiviz.objectives.data import (
    HUGE,
    Data,
    Limits,
    Noise,
    Real,
    Rows,
    Seed,
    enforce_bounds,
    generator,
    is_whole,
    quote_value,
)
from optiviz.objectives.labelled import blobs, circles, iris, moons, spiral, xor
from optiviz.objectives.table import path_inside, read_csv


@enforce_bounds
def line(
    *,
    slope: Real = 2.0,
    intercept: Real = 1.0,
    noise: Noise = 0.3,
    n: Rows = 50,
    xlim: Limits = (-2.0, 2.0),
    seed: Seed = 0,
) -> Data:
    """A straight line: y = slope x + intercept + noise e, with e standard normal.

    Parameters
    ----------
    slope, intercept : float
    noise : float
        Standard deviation of what is added to y, at least 0.
    n : int
        Rows, 2 to 100,000.
    xlim : (low, high)
        x is spread evenly from low to high.
    seed : int
        The same seed gives the same data; a larger `noise` stretches the same pattern.

    Returns
    -------
    Data
        x (n, 1), y (n,), with the line itself as `truth`.

    Raises
    ------
    BadInput
        When a setting is outside its limits.

    Examples
    --------
    >>> line(slope=2, intercept=1, noise=0, n=3, xlim=(0, 2)).y.tolist()
    [1.0, 3.0, 5.0]
    """
    return _made("line", partial(_line, slope, intercept), _even(xlim, n), noise, generator(seed))


@enforce_bounds
def sine(
    *,
    amplitude: Real = 1.0,
    period: Annotated[float, Bounds(low=1e-6, high=1e6)] = 2.0,
    phase: Real = 0.0,
    noise: Noise = 0.1,
    n: Rows = 60,
    xlim: Limits = (-2.0, 2.0),
    seed: Seed = 0,
) -> Data:
    """A wave: y = amplitude sin(2 pi x / period + phase) + noise e, with e standard normal.

    Parameters
    ----------
    amplitude, period, phase : float
        The phase in radians.
    noise, n, xlim, seed
        As in `line`.

    Returns
    -------
    Data
        x (n, 1), y (n,), with the wave itself as `truth`.

    Raises
    ------
    BadInput
        When a setting is outside its limits.

    Examples
    --------
    >>> sine(period=4, noise=0, n=3, xlim=(-1, 1)).y.tolist()
    [-1.0, 0.0, 1.0]
    """
    return _made("sine", partial(_sine, amplitude, period, phase), _even(xlim, n), noise, generator(seed))


@enforce_bounds
def steps(
    *,
    count: Annotated[int, Bounds(low=1, high=1000)] = 4,
    height: Real = 1.0,
    noise: Noise = 0.1,
    n: Rows = 80,
    xlim: Limits = (-2.0, 2.0),
    seed: Seed = 0,
) -> Data:
    """A staircase: y = height floor(count (x - low) / (high - low)) + noise e, from 0 up.

    Parameters
    ----------
    count : int
        Treads, all of one width; the highest one includes the end, x = high.
    height : float
        From one tread to the next.
    noise, n, xlim, seed
        As in `line`.

    Returns
    -------
    Data
        x (n, 1), y (n,), with the staircase itself as `truth` (flat outside `xlim`).

    Raises
    ------
    BadInput
        When a setting is outside its limits.

    Examples
    --------
    >>> steps(count=2, height=3, noise=0, n=5, xlim=(0, 4)).y.tolist()
    [0.0, 0.0, 3.0, 3.0, 3.0]
    """
    x = _even(xlim, n)
    return _made("steps", partial(_steps, count, height, *xlim), x, noise, generator(seed))


@enforce_bounds
def polynomial(
    *,
    coefficients: Annotated[tuple[float, ...], Bounds(low=-1e6, high=1e6)] = (0.0, -1.0, 0.0, 1.0),
    noise: Noise = 0.1,
    n: Rows = 60,
    xlim: Limits = (-1.5, 1.5),
    seed: Seed = 0,
) -> Data:
    """A polynomial: y = c_0 + c_1 x + c_2 x^2 + ... + noise e, with e standard normal.

    Parameters
    ----------
    coefficients : 1 to 13 floats
        c_0, c_1, ...: the constant first. The default is x^3 - x.
    noise, n, xlim, seed
        As in `line`.

    Returns
    -------
    Data
        x (n, 1), y (n,), with the polynomial itself as `truth`.

    Raises
    ------
    BadInput
        When a setting is outside its limits.

    Examples
    --------
    >>> polynomial(coefficients=(1, 0, 2), noise=0, n=3, xlim=(0, 2)).y.tolist()
    [1.0, 3.0, 9.0]
    """
    if np.ndim(coefficients) != 1 or not 1 <= len(coefficients) <= 13:
        raise BadInput(
            f"must be 1 to 13 numbers, got {quote_value(coefficients)}",
            field="coefficients",
            part="polynomial",
        )
    return _made("polynomial", partial(_polynomial, coefficients), _even(xlim, n), noise, generator(seed))


@enforce_bounds
def sparse_column(
    *,
    slope: Real = 2.0,
    intercept: Real = 1.0,
    density: Annotated[float, Bounds(low=0.0, high=1.0, open_low=True)] = 0.1,
    noise: Noise = 0.1,
    n: Rows = 100,
    xlim: Limits = (-2.0, 2.0),
    seed: Seed = 0,
) -> Data:
    """A line whose x is mostly zero: y = slope x + intercept + noise e.

    The loss sees the slope only where x is not zero, so its gradient there is small and that of the
    intercept large: the bowl is long and narrow, which is what Adagrad and its heirs are made for.

    Parameters
    ----------
    slope, intercept : float
    density : float
        Share of rows, in (0, 1], where x is not zero: round(density n) of them, at least one,
        at rows drawn by the seed and with x drawn evenly from `xlim`.
    noise, n, xlim, seed
        As in `line`.

    Returns
    -------
    Data
        x (n, 1), not sorted, y (n,), with the line itself as `truth`.

    Raises
    ------
    BadInput
        When a setting is outside its limits.

    Examples
    --------
    >>> data = sparse_column(density=0.1, n=50)
    >>> int(np.count_nonzero(data.x))
    5
    """
    low, high = _ends(xlim)
    rng = generator(seed)
    x = np.zeros(n)
    filled = rng.permutation(n)[: max(1, round(density * n))]
    x[filled] = rng.uniform(low, high, filled.size)
    return _made("sparse_column", partial(_line, slope, intercept), x, noise, rng)


@enforce_bounds
def temperature(
    *,
    mean: Real = 10.0,
    amplitude: Real = 9.0,
    coldest: Annotated[float, Bounds(low=0.0, high=366.0)] = 20.0,
    persistence: Annotated[float, Bounds(low=0.0, high=0.999)] = 0.75,
    noise: Noise = 3.0,
    n: Rows = 365,
    seed: Seed = 0,
) -> Data:
    """A year of daily temperatures: y_t = mean - amplitude cos(2 pi (t - coldest) / 365) + e_t, t = 1, 2, ...

    The weather e_t lingers: it is an autoregression of first order, e_t = persistence e_(t-1) +
    sqrt(1 - persistence^2) noise w_t with w_t standard normal and e_1 = noise w_1, so that its standard
    deviation is `noise` on every day. Invented numbers, not measured ones.

    Parameters
    ----------
    mean, amplitude : float
        Of the year, in degrees Celsius.
    coldest : float
        The day on which the wave is lowest.
    persistence : float
        Correlation of the weather from one day to the next, 0 to 0.999.
    noise : float
        Standard deviation of the weather, at least 0.
    n : int
        Days, 2 to 100,000.
    seed : int
        As in `line`.

    Returns
    -------
    Data
        x (n, 1) the day, y (n,), with the wave itself as `truth`.

    Raises
    ------
    BadInput
        When a setting is outside its limits.

    Examples
    --------
    >>> year = temperature(mean=10, amplitude=8, coldest=73, noise=0)        # 73 days are a fifth of the year
    >>> float(year.y[72]), round(float(year.y[72 + 73]), 6)
    (2.0, 7.527864)
    """
    day = np.arange(1.0, n + 1)
    weather = noise * generator(seed).standard_normal(n)
    fresh = np.sqrt(1 - persistence * persistence)
    for t in range(1, n):
        weather[t] = persistence * weather[t - 1] + fresh * weather[t]
    truth = partial(_year, mean, amplitude, coldest)
    return Data(day, truth(day) + weather, ("day",), "temperature (°C)", truth, "temperature")


DATASETS: Mapping[str, Callable[..., Data]] = MappingProxyType(
    {
        "line": line,
        "sine": sine,
        "steps": steps,
        "polynomial": polynomial,
        "sparse_column": sparse_column,
        "temperature": temperature,
        "blobs": blobs,
        "moons": moons,
        "circles": circles,
        "spiral": spiral,
        "xor": xor,
        "iris": iris,
    }
)


def _made(
    name: str, truth: Callable[[Array], Array], x: Array, noise: float, rng: np.random.Generator
) -> Data:
    return Data(x, truth(x) + noise * rng.standard_normal(x.size), truth=truth, name=name)


# truths: at the top of the module, where pickle finds them


def _line(slope: float, intercept: float, x: Array) -> Array:
    return slope * x + intercept


def _sine(amplitude: float, period: float, phase: float, x: Array) -> Array:
    return np.asarray(amplitude * np.sin(2 * np.pi * x / period + phase))


def _steps(count: int, height: float, low: float, high: float, x: Array) -> Array:
    return np.asarray(height * np.clip(np.floor(count * ((x - low) / (high - low))), 0, count - 1))


def _polynomial(coefficients: Sequence[float], x: Array) -> Array:
    y = np.zeros_like(x, dtype=float)
    for c in reversed(coefficients):  # Horner: ((c_3) x + c_2) x + ...
        y = y * x + c
    return y


def _year(mean: float, amplitude: float, coldest: float, t: Array) -> Array:
    return np.asarray(mean - amplitude * np.cos(2 * np.pi * (t - coldest) / 365))


def _ends(xlim: Sequence[float]) -> tuple[float, float]:
    if np.shape(xlim) != (2,) or not xlim[0] < xlim[1]:
        raise BadInput(f"must be two numbers, low then high, got {quote_value(xlim)}", field="xlim")
    return float(xlim[0]), float(xlim[1])


def _even(xlim: Sequence[float], n: int) -> Array:
    return np.linspace(*_ends(xlim), n)


__all__ = [
    "DATASETS",
    "HUGE",
    "Data",
    "path_inside",
    "blobs",
    "circles",
    "iris",
    "is_whole",
    "line",
    "moons",
    "polynomial",
    "read_csv",
    "quote_value",
    "sine",
    "sparse_column",
    "spiral",
    "steps",
    "temperature",
    "xor",
]
