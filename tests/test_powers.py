"""Powers of rules and schedules: products and roots in a fixed order, and nobody asks `pow`."""

import ast
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from optiviz._lib.powers import Powers, whole_power

ROOMS = Path(__file__).parents[1] / "optiviz"
HALF_DIGIT = 2.0**-53


@pytest.mark.parametrize("base", [0.9, 0.999, 0.99999, 0.96, 0.5, 1.01, 1.0])
def test_whole_powers_are_right_to_the_last_digits(base):
    powers = Powers(base)
    for n in [*range(40), 100, 255, 1023, 2047, 6000]:
        exact = Fraction(base) ** n
        if exact < Fraction(2) ** -1000:
            continue  # fewer digits are left of it
        assert abs(Fraction(powers(n)) / exact - 1) <= 8 * HALF_DIGIT
    assert powers(0) == 1.0 and powers(1) == base and powers(2) == base * base


def test_the_order_of_the_products():
    x = 0.7
    assert whole_power(x, 3) == x * (x * x)
    assert whole_power(x, 6) == (x * x) * ((x * x) * (x * x))
    assert whole_power(x, 7) == (x * (x * x)) * ((x * x) * (x * x))
    assert whole_power(x, 0) == 1.0


@pytest.mark.parametrize("exponent", [0.5, 0.25, 2.75, 1 / 3, 7.123, 1e-9, 40.0625])
def test_fractions_by_roots(exponent):
    # b^(p/q) to the q is b^p
    for base in (0.96, 0.5, 2.0, 1e-3):
        assert Powers(base)(exponent) == pytest.approx(base**exponent, rel=4e-15)
    assert Powers(16.0)(0.75) == 8.0 and Powers(0.0)(0.3) == 0.0 and Powers(0.0)(0) == 1.0


@pytest.mark.parametrize("exponent", [0, 1, 5, 200, 4095, 4096, 99_999, 0.3, 2.5, 4097.5, 1e12])
def test_many_are_each_alone_to_the_bit(exponent):
    bases = np.array([0.9, 0.999, 0.96, 0.0, 1.0, 0.3])
    together = np.broadcast_to(Powers(bases)(exponent), 6)
    assert together.tolist() == [Powers(float(base))(exponent) for base in bases]
    exponents = np.array([0.0, 0.004, 1.0, 3.7, 12.0, 1e9])
    assert Powers(0.96)(exponents).tolist() == [Powers(0.96)(float(e)) for e in exponents]


def test_what_is_too_large_or_too_small():
    assert Powers(3.0)(5000) == np.inf and Powers(1e-200)(2) == 0.0 and Powers(0.5)(1100) == 0.0


@pytest.mark.parametrize(
    "file", [*ROOMS.glob("optimizers/*.py"), *ROOMS.glob("flavours/*.py"), ROOMS / "objectives/surfaces.py"],
    ids=lambda file: file.stem,
)  # fmt: skip
def test_no_rule_and_no_surface_asks_pow(file):
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        raised = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Pow)
        called = isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("power", "pow")
        found |= {ast.unparse(node)} if raised or called else set()
    assert found <= {"np.power(a, 0.1)"}  # of cross_in_tray, beside sines and exponentials
