"""What strangers bring: numbers, files and formulas from public reports that had no test of their own yet."""

import numpy as np
import pytest

import optiviz as ov
from optiviz.flavours import FLAVOURS
from optiviz.objectives.formula import parse
from optiviz.objectives.table import read_csv

BOWL = ov.surface("x**2 + y**2", xlim=(-2, 2), ylim=(-2, 2), start=(1, 1))


# --- formulas out of programs -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "faults"),
    [
        ("np.sin(x)", ["'np.' is not needed; functions stand alone, such as sin(x)"]),
        ("math.exp(x) + numpy.log(y)", ["'math.' is not needed", "'numpy.' is not needed"]),
        ("x[0]", ["'[' has no place in a formula; its coordinates are names, such as x and y"]),
        ("lambda x: x**2", ["a formula is what stands after the : of a lambda"]),
        ("f(x) = x^2 + y", ["a formula is what stands after the ="]),
        ("z = x^2 + y", ["a formula is what stands after the ="]),
        ("return x**2", ["a formula is an expression alone, such as x**2 + y**2"]),
        ("x if x > 0 else 0", ["a choice is written where(x > 0, x, 0)"]),
        ("2x if x<1 else y^2", ["a choice is written where(x<1, 2x, y^2)"]),
        ("sinc(x)", ["unknown function 'sinc' - did you mean 'sin(x)/x'?"]),
        ("erf(x)", ["unknown function 'erf' - there is none here"]),
        ("acosh(x)", ["unknown function 'acosh'"]),
    ],
)
def test_a_piece_of_a_program_is_told_what_to_write(typed, faults):
    with pytest.raises(ov.BadInput) as caught:
        parse(typed)
    first, *rest = str(caught.value).split("\n")
    told = (
        [first.removeprefix("formula: ")] if len(faults) == 1 else [line.split(": ")[1] for line in rest[2:]]
    )
    for each, sentence in zip(told, faults, strict=True):
        assert each.startswith(sentence)


def test_functions_far_out_and_advice_that_can_be_followed():
    for typed in ("softplus(x)", "log(1 + exp(-abs(x))) + max(x, 0)"):
        assert parse(typed)(800.0, 0.0)[0] == 800.0
    assert [float(parse("where(x > 0, x, 0)")(x, 0.0)[0]) for x in (-2.0, 3.0)] == [0, 3]
    assert float(parse("sin(x)/x")(1e-9, 0.0)[0]) == 1.0


# --- files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\r1,2\r3,4\r",  # an old Macintosh
        b"a,b\r\n1,2\r\n3,4\r\n",
        b"\xef\xbb\xbfa,b\n1,2\n3,4\n",  # Excel's UTF-8
    ],
    ids=["CR", "CRLF", "BOM"],
)
def test_ends_of_lines_and_a_byte_order_mark(tmp_path, content):
    (tmp_path / "d.csv").write_bytes(content)
    data = read_csv(tmp_path / "d.csv", "a", "b")
    assert data.x.tolist() == [[1], [3]] and data.y.tolist() == [2, 4] and data.notes == ()


@pytest.mark.parametrize(
    ("content", "settings", "said"),
    [
        ("a,b,é\n1,2,x\n".encode("latin-1"), {}, 'd.csv:1: not UTF-8 text; say encoding = "cp1252" or save'),
        ("a,b,c\n1,2,€\n".encode("cp1252"), {}, 'd.csv:2: not UTF-8 text; say encoding = "cp1252" or save'),
        (
            b"a,b\n1,2\n1,3\n",
            {"standardize": True},
            "column 'a' cannot be standardised, it is 1 in every row",
        ),
        (b"a,b\n1e300,2\n", {}, "d.csv:2: column 'a': '1e300' is not a finite number smaller than 1e+100"),
        (b"a,b\n1,inf\n", {}, "d.csv:2: column 'b': 'inf' is not a finite number smaller than 1e+100"),
        (b"a,b\n", {}, "d.csv: no row below the header, at least 1 is needed"),
        (b"", {}, "d.csv: the file is empty"),
    ],
)
def test_files_that_cannot_be_meant(tmp_path, content, settings, said):
    (tmp_path / "d.csv").write_bytes(content)
    with pytest.raises(ov.BadInput, match=said.replace("+", r"\+")):
        read_csv(tmp_path / "d.csv", "a", "b", **settings)


def test_digits_are_classes_for_a_cross_entropy_and_never_standardised(tmp_path):
    rows = "".join(f"{k},{k % 10}\n" for k in range(20))
    (tmp_path / "d.csv").write_text("a,b\n" + rows)
    data = read_csv(tmp_path / "d.csv", "a", "b", loss="sparse_categorical_crossentropy", standardize=True)
    assert data.classes == tuple("0123456789") and data.y.tolist() == [k % 10 for k in range(20)]
    assert abs(data.x.mean()) < 1e-15 and abs(data.x.std() - 1) < 1e-15  # the inputs are


def test_one_row_is_a_line_through_a_point(tmp_path):
    (tmp_path / "d.csv").write_text("a,b\n1,2\n")
    run = ov.minimize(ov.Fit(read_csv(tmp_path / "d.csv", "a", "b")), ov.GD(0.25), steps=1)
    assert run.path.tolist() == [[0, 0], [1, 1]]  # the slope of (w + b - 2)^2 at 0 is -4 for both


# --- the library ------------------------------------------------------------------------------------------


def test_a_framework_s_own_neutral_arguments():
    plain = ov.minimize(BOWL, ov.GD(0.1), steps=3).path
    for rule in (
        FLAVOURS["optax.sgd"](0.1, momentum=None, nesterov=False),
        FLAVOURS["torch.SGD"](lr=0.1, momentum=0, weight_decay=0, maximize=False, foreach=None),
        FLAVOURS["keras.SGD"](learning_rate=0.1, clipnorm=None, weight_decay=None, use_ema=False, name="SGD"),
    ):
        np.testing.assert_array_equal(ov.minimize(BOWL, rule, steps=3).path, plain)


def test_gradients_by_differences_are_said_of_the_objective():
    mine = ov.objective(lambda v: v @ v, start=np.ones(50))
    run = ov.minimize(mine, ov.Adam(0.1), steps=2)
    assert mine.differences and run.path.shape == (3, 50)
    np.testing.assert_allclose(run.path[1], 0.9, atol=1e-6)  # the first step of Adam is its rate
