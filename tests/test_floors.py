"""Imports only go down: the floors of the house, checked from the code itself."""

import ast
from pathlib import Path

import pytest

from optiviz.shown import HOME

HOUSE = Path(__file__).parents[1] / "optiviz"
FLOORS = {
    "errors": 1, "notation": 1, "names": 1, "files": 1, "forks": 1, "shown": 1, "store": 1,
    "optimizers": 2, "flavours": 2, "nn": 2, "adapters": 2, "minimizer": 2,
    "objectives": 3, "solvers": 3,
    "directions": 4, "planes": 4, "run": 4, "trajectory": 4,
    "alttext": 5, "anatomy": 5, "basins": 5, "curvature": 5, "outcomes": 5, "quality": 5, "scene": 5,
    "sequential": 5, "stability": 5, "table": 5, "testing": 5,
    "rendering": 6,
    "gallery": 7, "jupyter": 7, "scenefile": 7, "watching": 7, "__init__": 7,
    "__main__": 8, "cli": 8, "lightly": 8,
}  # fmt: skip
DRAWING = {"matplotlib", "imageio", "PIL"}
MODULES = sorted(HOUSE.rglob("*.py"))


def room(module: str) -> str:
    """`optiviz.rendering.stage` -> `render`; the face is `__init__`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports(tree: ast.AST) -> list[str]:
    """Every module that a file imports, those inside functions too."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are written in full"
            found.append(node.module or "")
    return found


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(HOUSE)))
def test_imports_go_down_and_only_render_draws(file):
    here = room(".".join(["optiviz", *file.relative_to(HOUSE).with_suffix("").parts]))
    for module in imports(ast.parse(file.read_text(encoding="utf-8"))):
        top = module.split(".")[0]
        if top == "optiviz":
            assert FLOORS[room(module)] <= FLOORS[here], f"{file.name} climbs to {module}"
        assert top not in DRAWING or here in ("rendering", "scenefile"), f"{file.name} draws with {module}"
        assert module != "matplotlib.pyplot", f"{file.name} keeps global state"


def test_one_module_looks_up_by_name():
    """An import by name escapes the test above, so those that have one are known."""
    by_name = {
        file.relative_to(HOUSE).as_posix()
        for file in MODULES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and node.id in ("import_module", "__import__")
    }
    indexes = {name for name in by_name if name.endswith("__init__.py")} | {"names.py"}  # of what lies below
    foreign = {"adapters.py", "rendering/encode/video.py"}  # ask for packages that are not ours
    assert by_name - indexes - foreign == {"shown.py"}
    assert HOME == "optiviz.jupyter"


def test_no_circles():
    names = {file: ".".join(["optiviz", *file.relative_to(HOUSE).with_suffix("").parts]) for file in MODULES}
    names = {file: name.removesuffix(".__init__") for file, name in names.items()}
    known = set(names.values())
    edges = {}
    for file, name in names.items():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        guarded = [b for b in ast.walk(tree) if isinstance(b, ast.If) and "TYPE_CHECKING" in ast.dump(b.test)]
        typing_only = {id(node) for block in guarded for node in ast.walk(block)}
        targets = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and id(node) not in typing_only:
                for alias in node.names:
                    deep = f"{node.module}.{alias.name}"
                    targets.add(deep if deep in known else node.module)
        edges[name] = {target for target in targets if target in known and target != name}
    left = dict(edges)
    while left:
        free = [name for name, needs in left.items() if not needs & left.keys()]
        assert free, f"modules import each other in a circle: {sorted(left)}"
        for name in free:
            del left[name]
