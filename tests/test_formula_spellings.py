"""Formulas as people type them: one normal form, two readings refused, the other functions against SymPy."""

import numpy as np
import pytest
import sympy
from click.testing import CliRunner

import optiviz as ov
from optiviz._lib.errors import BadInput
from optiviz.cli import cli
from optiviz.objectives.formula import parse
from optiviz.objectives.formula_spellings import normal

# formula, the same in SymPy's words
MORE = {
    "log10(x**2 + y**2)": "log(x**2 + y**2)/log(10)",
    "log2(x**2*y**2)": "log(x**2*y**2)/log(2)",
    "log1p(x**2 + 0.01*y)": "log(1 + x**2 + y/100)",
    "expm1(x*y/9)": "exp(x*y/9) - 1",
    "arcsin(sin(x*y)/3)": "asin(sin(x*y)/3)",
    "arccos(cos(x - y)/2)": "acos(cos(x - y)/2)",
    "cbrt(x**2 + y**4)": "(x**2 + y**4)**(Rational(1,3))",
    "sigmoid(3*x - y**2)": "1/(1 + exp(-3*x + y**2))",
    "softplus(x*y)": "log(1 + exp(x*y))",
    "hypot(x - 3, x*y)": "sqrt((x - 3)**2 + (x*y)**2)",
    "atan2(x**2 + 1, y**2 + 2)": "atan((x**2 + 1)/(y**2 + 2))",
    "atan2(x, y - 9)": "atan2(x, y - 9)",
    "max(x*y, x*y - 1)": "x*y",
    "min(sin(x) - 7, x**2*y**2)": "sin(x) - 7",
    "relu(x**2 + y**2)": "x**2 + y**2",
    "where(x**2 >= 0, x**3*y, 1/0)": "x**3*y",
    "sign(x**2)*y": "y",
}
POINTS = [(0.7, 1.3), (-1.1, 0.4), (2.2, -0.9)]


def derivatives(text, x, y):
    f = parse(text)
    value, slopes = f(x, y)
    return np.array([value, *slopes, *f.hessian(x, y)])


@pytest.mark.parametrize("text", MORE)
def test_derivatives_are_those_of_sympy(text):
    u, v = sympy.symbols("x y", real=True)
    whole = sympy.sympify(MORE[text], {"x": u, "y": v}, rational=True)
    parts = [whole, *(whole.diff(*by) for by in ([u], [v], [u, u], [u, v], [v, v]))]
    for x, y in POINTS:
        at = {u: sympy.Rational(str(x)), v: sympy.Rational(str(y))}
        expected = [float(part.subs(at).evalf(40)) for part in parts]
        np.testing.assert_allclose(derivatives(text, x, y), expected, rtol=1e-12, atol=1e-13, err_msg=text)


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("softplus(x)", 800.0, [800, 1, 0]),
        ("softplus(x)", -800.0, [0, 0, 0]),
        ("sigmoid(x)", 800.0, [1, 0, 0]),
        ("relu(x)", 0.0, [0, 0, 0]),
        ("sign(x)", 0.0, [0, 0, 0]),
        ("max(x, -x)", 0.0, [0, 1, 0]),  # the first of equals
        ("min(3*x, x)", 0.0, [0, 3, 0]),
        ("where(x > 0, x**2, -x)", 0.0, [0, -1, 0]),
        ("where(x >= 0, x**2, -x)", 0.0, [0, 0, 2]),
        ("where(x > 0, log(x), 5*x)", -1.0, [-5, 5, 0]),  # what is not taken does not count
    ],
)
def test_functions_far_out_and_at_their_kinks(text, x, expected):
    value, dx, _, dxx, _, _ = derivatives(text, x, 0.0)
    np.testing.assert_allclose([value, dx, dxx], expected, rtol=1e-13, atol=1e-300)


def test_functions_of_several_arguments_on_arrays():
    f = parse("where(x > y, max(x, 2), hypot(x, y))")
    assert f(np.array([3.0, 0.0]), np.array([1.0, 4.0]))[0].tolist() == [3, 4]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("x^2", "x**2"),
        ("2x", "2*x"),
        ("2(x+y)", "2*(x+y)"),
        ("2x² + 3y³", "2*x**2 + 3*y**3"),
        ("x²y", "x**2*y"),
        ("|x - 1| * |y|", "abs(x - 1) * abs(y)"),
        ("|x| + |y - |x||", "abs(x) + abs(y - abs(x))"),
        ("ln(x) + lg(y)", "log(x) + log10(y)"),
        ("e^x", "e**x"),
        ("sin^2(x) + cos²(y)", "sin(x)**2 + cos(y)**2"),
        ("sin x + cos y", "sin(x) + cos(y)"),
        ("x·y × 2 ÷ 3 − π", "x*y * 2 / 3 - pi"),
        ("√x + √(y+1)", "sqrt(x) + sqrt(y+1)"),
        ("(x+1)(y-1)", "(x+1)*(y-1)"),
        ("atan(x) + acos(y)/asin(x)", "arctan(x) + arccos(y)/arcsin(x)"),
        ("max(2x, 3y)", "max(2*x, 3*y)"),
        ("x**2\n  + y**2\n", "x**2   + y**2"),
        ("1/(2x)", "1/(2*x)"),
        ("where(x ≥ 0, 2x, -x)", "where(x >= 0, 2*x, -x)"),
        ("2e^x", "2*e**x"),
        ("1e3x", "1e3*x"),
        ("100(y-x^2)^2 + (1-x)^2", "100*(y-x**2)**2 + (1-x)**2"),
    ],
)
def test_the_normal_form(typed, expected):
    assert parse(typed).text == expected == normal(expected)  # which is a normal form itself


@pytest.mark.parametrize(
    ("typed", "first", "second"),
    [
        ("1/2x", "1/(2*x)", "(1/2)*x"),
        ("x^2y", "x**(2*y)", "(x**2)*y"),
        ("x/2(y+1)", "x/(2*(...))", "(x/2)*(...)"),
        ("1/(x)(y)", "1/((x)*(...))", "(1/(x))*(...)"),
        ("y/x²y", "y/(x**2*y)", "(y/x**2)*y"),
        ("sin x*y", "sin(x)*...", "sin(x*...)"),
        ("√x²", "sqrt(x)**2...", "sqrt(x**2...)"),
        ("sin^-1(x)", "1/sin(...)", "the inverse function, such as arcsin(...)"),
        ("1e", "1*e", "1e0"),
    ],
)
def test_two_readings_are_refused_with_both(typed, first, second):
    with pytest.raises(BadInput) as fault:
        parse(typed)
    assert str(fault.value).split("\n")[0].endswith(f"has two readings; write {first} or {second}")


@pytest.mark.parametrize("typed", ["2^-3x", "2pi x", "-2xsin(y)", "x(y)", "x 2", ")2x(", "|x", "√", "²"])
def test_what_is_no_formula_is_still_refused(typed):
    with pytest.raises(BadInput):
        parse(typed)


def test_constants_and_other_variables():
    rosenbrock = parse("(a - w)^2 + b(v - w^2)^2", {"a": 1, "b": 100}, ["w", "v"])
    assert rosenbrock.text == "(1 - x)**2 + 100*(y - x**2)**2"
    assert float(rosenbrock(2.0, 5.0)[0]) == 101.0
    assert float(parse("c^2 + 2c", {"c": -3.0})(0.0, 0.0)[0]) == 3.0  # 9 - 6
    assert float(parse("2a*x", {"a": 5})(3.0, 0.0)[0]) == 30.0  # 2 times 5, not 25
    for constants, variables, sentence in [
        ({"pi": 3}, ["x", "y"], "the name 'pi' is taken by mathematics"),
        ({"x": 3}, ["x", "y"], "the name 'x' stands for two things"),
        ({"a": "1"}, ["x", "y"], "constant 'a' must be a finite number, got '1'"),
        ({"a": np.nan}, ["x", "y"], "constant 'a' must be a finite number, got nan"),
        ({"a b": 1}, ["x", "y"], "'a b' is no name; a name has letters, digits and _"),
        ({}, ["u", "v", "w"], "variables must be a list of one or two names"),
    ]:
        with pytest.raises(BadInput) as fault:
            parse("1", constants, variables)
        assert str(fault.value) == f"formula: {sentence}"
    with pytest.raises(BadInput, match="unknown name 'x' - a formula knows w, b, k, pi and e"):
        parse("x + k*w", {"k": 2}, ["w", "b"])
    with pytest.raises(BadInput, match="unknown name 'wb' - a product is written w.b"):
        parse("wb", None, ["w", "b"])


@pytest.mark.parametrize(
    ("text", "meant"),
    [("tg(x)", "tan"), ("ctg(x)", "1/tan"), ("sgn(x)", "sign"), ("heaviside(x)", "where(x > 0, 1, 0)")],
)
def test_hints_mean_the_function(text, meant):
    with pytest.raises(BadInput) as fault:
        parse(text)
    assert f"did you mean '{meant}'?" in str(fault.value)


@pytest.mark.parametrize(
    "text", ["max(x)", "where(x, 1, 2)", "where(x > 0, 1)", "x > 0", "max(x > 0, y)", "hypot(x, y, 1)"]
)
def test_functions_of_several_arguments_take_so_many(text):
    with pytest.raises(BadInput):
        parse(text)


@pytest.mark.parametrize("text", MORE)
def test_titles_can_be_set(text):
    from matplotlib.mathtext import MathTextParser

    MathTextParser("agg").parse(f"${parse(text).latex}$")


def test_surfaces_of_one_variable_and_with_constants(tmp_path):
    quartic = ov.surface("x^4 - 3x^3 + 2", xlim=(-1, 3), start=-0.8)
    assert quartic.start.tolist() == [-0.8, 0] and quartic.name == "x^4 - 3x^3 + 2"
    assert float(quartic.gradient(np.array([1.0, 0.0]))[0]) == 4 - 9  # 4 x^3 - 9 x^2
    with pytest.raises(BadInput, match="ylim is missing"):
        ov.surface("x*y", xlim=(-1, 1), start=(0, 0))
    scene = tmp_path / "s.toml"
    head = 'panels = ["landscape"]\nsteps = 3\n'
    head += '[runs]\nGD = { optimizer = "gd", learning_rate = 0.001 }\n[problem]\n'
    scene.write_text(head + 'formula = "x^4 - 3x^3 + 2"\nxlim = [-1, 3]\nstart = -0.8\n')
    assert ov.load(scene).objective.start.tolist() == [-0.8, 0]
    scene.write_text(
        head + 'formula = """(a - w)^2\n + b(v - w^2)^2"""\nvariables = ["w", "v"]\n'
        "constants = { a = 1, b = 100 }\n"
        "xlim = [-2, 2]\nylim = [-1, 3]\nstart = [2, 5]\n"
    )
    assert float(ov.load(scene).objective.value(np.array([2.0, 5.0]))) == 101.0


def test_check_tells_the_normal_form_and_all_faults(tmp_path):
    scene = tmp_path / "s.toml"

    def told(formula, more=""):
        scene.write_text(
            f'panels = ["landscape"]\nsteps = 3\n[problem]\nformula = """{formula}"""\n{more}xlim = [-2, 2]\n'
            'ylim = [-2, 2]\nstart = [1, 1]\n[runs]\nGD = { optimizer = "gd", learning_rate = 0.001 }\n',
            encoding="utf-8",
        )
        result = CliRunner().invoke(cli, ["check", str(scene)])
        return result.exit_code, result.stderr

    assert told("100(y-x²)^2\n + |x|") == (0, f"{scene}: note: formula is read as 100*(y-x**2)**2 + abs(x)\n")
    own = 'constants = { a = 3, b = -2 }\nvariables = ["w", "v"]\n'
    assert told("a*w^2 + b*v^2", own) == (
        0,
        f"{scene}: note: formula is read as 3*x**2 + (-2)*y**2\n",
    )
    assert told("x**2+\n  y**2") == (0, "")  # typed in it
    code, said = told("sine(x) + z")
    assert code == 2 and f"{scene}:4: problem.formula: 2 faults\n" in said
    assert "column 1: unknown function 'sine'" in said and "column 11: unknown name 'z'" in said
