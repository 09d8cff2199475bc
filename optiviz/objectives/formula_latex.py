"""From the tree of a formula to the mathematics of a title."""

from optiviz.objectives.formula_duals import Tree

KNOWN = ("log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "arcsin", "arccos")  # to Matplotlib
SUM, PRODUCT, POWER, ATOM = range(4)  # how firmly a printed part holds together


def latex(tree: Tree) -> tuple[str, int]:
    """The tree in the language of titles, and how firmly its outermost sign binds."""
    kind, *parts = tree

    def inside(part: Tree, least: int = SUM, first: bool = True) -> str:
        text, binding = latex(part)
        bare = binding >= least and (first or not text.startswith("-"))
        return text if bare else rf"\left({text}\right)"

    match kind:
        case "number":
            return latex_number(parts[0])
        case "x" | "y" | "e":
            return kind, ATOM
        case "pi":
            return r"\pi", ATOM
        case "neg":
            return f"-{inside(parts[0], PRODUCT, first=False)}", PRODUCT
        case "+":
            return f"{inside(parts[0])} + {inside(parts[1], first=False)}", SUM
        case "-":
            return f"{inside(parts[0])} - {inside(parts[1], PRODUCT, first=False)}", SUM
        case "*":
            left, right = inside(parts[0], PRODUCT), inside(parts[1], PRODUCT, first=False)
            dot = r" \cdot" if right[0].isdigit() or right.startswith(r"\frac") else ""
            return f"{left}{dot} {right}", PRODUCT
        case "/":
            return rf"\frac{{{inside(parts[0])}}}{{{inside(parts[1])}}}", PRODUCT
        case "**":
            return f"{inside(parts[0], ATOM)}^{{{inside(parts[1])}}}", POWER
        case "exp":
            return f"e^{{{inside(parts[0])}}}", POWER
        case "sqrt":
            return rf"\sqrt{{{inside(parts[0])}}}", ATOM
        case "abs":
            return rf"\left|{inside(parts[0])}\right|", ATOM
        case "<" | ">" | "<=" | ">=":
            sign = {"<=": r"\leq", ">=": r"\geq"}.get(kind, kind)
            return f"{inside(parts[0])} {sign} {inside(parts[1])}", SUM
        case "log10" | "log2":
            return rf"\log_{{{kind[3:]}}}\left({inside(parts[0])}\right)", ATOM
        case "cbrt":
            return rf"\sqrt[3]{{{inside(parts[0])}}}", ATOM
    if kind not in KNOWN:
        return rf"\mathrm{{{kind}}}\left({', '.join(map(inside, parts))}\right)", ATOM
    return rf"\{'ln' if kind == 'log' else kind}\left({inside(parts[0])}\right)", ATOM


def latex_number(value: float) -> tuple[str, int]:
    """0.1 as it is, 1e-05 as a power of ten."""
    digits, _, exponent = repr(float(value)).removesuffix(".0").partition("e")
    if not exponent:
        return digits, ATOM
    ten = f"10^{{{int(exponent)}}}"
    return (ten, POWER) if digits == "1" else (rf"{digits} \cdot {ten}", PRODUCT)
