"""Number formatting of pictures, alt texts and tables: significant digits, powers of ten, percents."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite

MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"  # between thousands, and before a percent sign
DIGITS = 3  # significant ones, unless a place has room for fewer
PLAIN = 10_000  # from here on thousands stand apart
RAISED = str.maketrans("-0123456789", "\N{SUPERSCRIPT MINUS}⁰¹²³⁴⁵⁶⁷⁸⁹")
LOST = "not a number any more"


def number(value: float, digits: int = DIGITS, *, zeros: bool = False) -> str:
    """A number with so many significant digits, and a true minus sign.

    Whole numbers below 10 000 keep all their digits. Below 0.001 and from a million on it is a multiple of a
    power of ten.

    Parameters
    ----------
    value : float
    digits : int, default 3
    zeros : bool, default False
        Keep the zeros at the end: a number that runs then does not tremble.

    Examples
    --------
    >>> [number(x) for x in (0.06423, 317.98, -13.4, 9213, 12345.6, 0.0)]
    ['0.0642', '318', '−13.4', '9213', '12\\xa0300', '0']
    >>> number(3e-8), number(-2.18e12), number(0.28, zeros=True), number(float("inf"))
    ('3·10⁻⁸', '−2.18·10¹²', '0.280', 'not a number any more')
    """
    value = float(value)
    if not isfinite(value):
        return LOST
    if value == 0:
        return "0"
    if value == round(value) and abs(value) < PLAIN:
        return f"{value:.0f}".replace("-", MINUS)
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    size = int(exponent)
    if not -4 < size < 6:
        factor = {"1": "", "-1": MINUS}.get(cut(mantissa), f"{cut(mantissa)}·")
        return f"{factor}10{str(size).translate(RAISED)}".replace("-", MINUS)
    text = f"{float(f'{mantissa}e{exponent}'):.{max(0, digits - 1 - size)}f}"
    whole, point, rest = (text if zeros else cut(text)).partition(".")
    return f"{thousands(int(whole)) if abs(int(whole)) >= PLAIN else whole}{point}{rest}".replace("-", MINUS)


def thousands(count: int) -> str:
    """A whole number with all its digits, in groups of three from 10 000 on.

    >>> thousands(9999), thousands(12345), thousands(-1234567)
    ('9999', '12\\xa0345', '−1\\xa0234\\xa0567')
    """
    text = f"{count:,}".replace(",", SPACE) if abs(count) >= PLAIN else str(count)
    return text.replace("-", MINUS)


def percent(share: float) -> str:
    """A share in whole percents, rounded half up; more digits where it would pass for nothing or for all.

    >>> percent(2 / 3), percent(0.145), percent(0.9996), percent(1.0), percent(0.004), percent(0)
    ('67\\xa0%', '15\\xa0%', '99.96\\xa0%', '100\\xa0%', '0.4\\xa0%', '0\\xa0%')
    """
    exact = 100 * Decimal(repr(float(share)))
    for places in range(9):
        found = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if found not in (0, 100) or share in (0, 1):
            break
    return f"{cut(f'{found:f}')}{SPACE}%".replace("-", MINUS)


def exact(value: float, places: int = 6) -> str:
    """A number with all its digits, as arithmetic by hand needs them; beyond `places` decimals it is rounded.

    >>> exact(903.75), exact(-0.2365), exact(7.0), exact(196.5612128857), exact(1 / 3)
    ('903.75', '−0.2365', '7', '196.561213', '0.333333')
    """
    if not isfinite(value):
        return LOST
    if abs(value) >= 1e15:
        return number(value)
    text = cut(f"{value:.{places}f}")
    return "0" if text == "-0" else text.replace("-", MINUS)


def cut(text: str) -> str:
    """Without the zeros behind a point that say nothing."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def apart(values: Sequence[float], digits: int = 2) -> list[str]:
    """Numbers with `digits` digits, or with one more where it takes these to tell them apart.

    >>> apart([2.0, 3.5]), apart([0.1234, 0.1243]), apart([1.0, 1.0])
    (['2', '3.5'], ['0.123', '0.124'], ['1', '1'])
    """
    for figures in (digits, digits + 1):
        texts = [number(value, figures) for value in values]
        if len(set(texts)) == len(set(values)):
            break
    return texts
