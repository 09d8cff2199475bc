"""Powers by products and square roots: the same bits on every processor, for one run as for many.

The last bit of the C library's `pow` depends on the platform, and that of NumPy's on the length of an array.
Sums, products and square roots are rounded correctly everywhere (IEEE 754), so a power made of them in a
fixed order is one number.
"""

from dataclasses import dataclass
from functools import cached_property
from math import floor, sqrt
from typing import Any

import numpy as np

SQUARES, ROOTS = 33, 30  # base^(2^32) is the highest square; beyond the last root a chord is exact
LOWER = 12  # binary digits of an exponent of which all powers are kept
LOWER_MOST = (1 << LOWER) - 1
MOST = 2.0 ** (SQUARES - 1)
HALVES = 134217729.0  # 2^27 + 1 splits a number into two of 26 digits


def whole_power(base: Any, n: int) -> Any:
    """base**n for a small whole n >= 0, from base, base^2, base^4, ...: n's binary digits, lowest first.

    So x^3 = x x^2, x^5 = x x^4, x^6 = x^2 x^4 and x^7 = (x x^2) x^4, each product rounded.

    Examples
    --------
    >>> whole_power(3.0, 5), float(whole_power(7.0, 0))
    (243.0, 1.0)
    """
    if not n:
        return np.float64(1.0)
    while not n & 1:
        base, n = base * base, n >> 1
    result = base
    while n := n >> 1:
        base = base * base
        if n & 1:
            result = result * base
    return result


def root_of(number: Any) -> Any:
    """The square root of a number or an array; of a float it is one of Python's, in a tenth of the time.

    >>> root_of(4.0), root_of(np.array([4.0, 9.0])).tolist()
    (2.0, [2.0, 3.0])
    """
    return sqrt(number) if type(number) is float and number >= 0 else np.sqrt(number)


@dataclass(frozen=True, eq=False)
class Powers:
    """base**exponent for any exponent >= 0, as often as asked: running means, decaying rates.

    base^2, base^4, base^8, ... are worked out once to twice the digits and rounded: the error does not grow
    with the exponent. Its fraction is made of square roots: base^0.75 is sqrt(base) sqrt(sqrt(base)).

    Parameters
    ----------
    base : float >= 0, or array (N,) of them

    Examples
    --------
    >>> Powers(0.5)(3), float(Powers(16.0)(2.75)), Powers(np.array([4.0, 9.0]))(1.5).tolist()
    (0.125, 2048.0, [8.0, 27.0])
    """

    base: Any

    @cached_property
    def squares(self) -> list[Any]:
        """base^(2^k)."""
        high, low = self.base, 0.0 * np.asarray(self.base)
        found: list[Any] = []
        with np.errstate(all="ignore"):
            for _ in range(SQUARES):
                found.append(float(high) if np.ndim(high) == 0 else high)  # fast, and silent
                high, low = squared(high, low)
        return found

    @cached_property
    def roots(self) -> list[Any]:
        """base^(2^-k), k = 1, 2, ..."""
        found: list[Any] = []
        root = self.base
        for _ in range(ROOTS):
            root = np.sqrt(root)
            found.append(float(root) if np.ndim(root) == 0 else root)
        return found

    @cached_property
    def single(self) -> bool:
        """Whether the base is one number."""
        return np.ndim(self.base) == 0

    @cached_property
    def lower_powers(self) -> list[float]:
        """base^0, base^1, ..., as far as they were asked for, below 2^`LOWER`."""
        return [1.0]

    def lower_power(self, n: int) -> float:
        """base^n for n < 2^`LOWER`: the power without n's highest digit, times the square of that digit."""
        known = self.lower_powers
        while len(known) <= n:
            top = len(known).bit_length() - 1
            known.append(known[len(known) - (1 << top)] * self.squares[top])
        return known[n]

    @cached_property
    def higher_squares(self) -> list[Any]:
        """base^(2^k) from k = `LOWER` on."""
        return self.squares[LOWER:]

    def __call__(self, exponent: Any) -> Any:
        """The power; `exponent` a number, or numbers (N,) that broadcast with the base.

        A number that records what is done with it (`optiviz.web.recorded`) has its own `power_of`.
        """
        power_of = getattr(exponent, "power_of", None)
        if power_of is not None:
            return power_of(self.base)
        if type(exponent) is not int and np.ndim(exponent):
            return self.at_each(np.asarray(exponent, dtype=float))
        if exponent > MOST:
            exponent = MOST
        n, result = floor(exponent), 1.0
        fraction = exponent - n
        squares = self.squares
        if self.single:  # the lower digits of one step after the other are worked out once
            n, low = n >> LOWER, n & LOWER_MOST
            result, squares = self.lower_power(low), self.higher_squares
        for square in squares:
            if not n:
                break
            if n & 1:
                result = result * square
            n >>= 1
        if not fraction:
            return result
        for root in self.roots:
            fraction *= 2
            if fraction >= 1:
                result, fraction = result * root, fraction - 1
        return result * (1 + fraction * (self.roots[-1] - 1))

    def at_each(self, exponent: Any) -> Any:
        """The same, bit for bit, for an exponent each."""
        exponent = np.minimum(exponent, MOST)
        n = np.floor(exponent).astype(np.int64)
        fraction, result = exponent - n, np.ones(())
        with np.errstate(over="ignore", invalid="ignore"):  # products that are not taken
            for k, square in enumerate(self.squares):
                result = np.where(n >> k & 1, result * square, result)
            for root in self.roots:
                fraction = 2 * fraction
                result = np.where(fraction >= 1, result * root, result)
                fraction = fraction - (fraction >= 1)
        return np.where(fraction, result * (1 + fraction * (self.roots[-1] - 1)), result)


def squared(high: Any, low: Any) -> tuple[Any, Any]:
    """The square of high + low as such a sum, its second part half a last digit of the first at most.

    References
    ----------
    T. J. Dekker, A floating-point technique for extending the available precision, 1971.
    """
    split = HALVES * high
    big = split - (split - high)
    small = high - big
    square = high * high
    rest = ((big * big - square) + 2 * big * small) + small * small + 2 * high * low
    total = square + rest
    fine = np.isfinite(total)
    return np.where(fine, total, square)[()], np.where(fine, rest - (total - square), 0.0)[()]
