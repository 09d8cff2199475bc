"""Numbers as pictures, alt texts and tables write them: the art direction's rules, each with its example."""

import pytest

from optiviz.scene.numbers import apart, exact, number, percent, thousands


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.28243, "0.282"),  # three significant digits
        (56.78, "56.8"),
        (4567.8, "4570"),
        (9999, "9999"),  # whole numbers up to 9 999 plain, and all of them
        (10000, "10\xa0000"),
        (12345, "12\xa0300"),  # then in groups
        (999_499.0, "999\xa0000"),
        (999_600.0, "10⁶"),  # rounding makes it a million
        (0.001, "0.001"),
        (0.00099, "9.9·10⁻⁴"),  # below a thousandth a power of ten
        (3e-8, "3·10⁻⁸"),
        (1e-9, "10⁻⁹"),
        (-2e-5, "−2·10⁻⁵"),
        (-1e-5, "−10⁻⁵"),
        (-2.5, "−2.5"),  # a true minus sign
        (0.0, "0"),
        (-0.0, "0"),
        (-3.0, "−3"),
        (float("nan"), "not a number any more"),
    ],
)
def test_numbers_are_short(value, text):
    assert number(value) == text


def test_a_number_that_runs_keeps_its_width():
    assert [number(x, zeros=True) for x in (0.2, 0.25, 7.0001, 12.0001)] == ["0.200", "0.250", "7.00", "12.0"]
    assert number(0.0651, 2) == "0.065" and number(12345.6, 2) == "12\xa0000"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.665, "67\xa0%"),  # a half goes up, also where binary fractions lie below it
        (0.145, "15\xa0%"),
        (0.125, "13\xa0%"),
        (0.9994, "99.9\xa0%"),  # not all of them
        (0.99996, "99.996\xa0%"),
        (0.0004, "0.04\xa0%"),
        (1.0, "100\xa0%"),
        (0.0, "0\xa0%"),
    ],
)
def test_percents_are_rounded_half_up(share, text):
    assert percent(share) == text


def test_counts_show_all_their_digits():
    assert [thousands(n) for n in (0, 9999, 54321, 1234567)] == ["0", "9999", "54\xa0321", "1\xa0234\xa0567"]


def test_arithmetic_by_hand_shows_what_it_computes_with():
    assert exact(9213.25) == "9213.25" and exact(0.5**4) == "0.0625" and exact(-1e-9) == "0"


def test_one_more_digit_where_two_numbers_look_alike():
    assert apart([0.28, 0.2831, 0.2834], 3) == ["0.28", "0.2831", "0.2834"]
