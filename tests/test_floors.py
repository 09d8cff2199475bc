"""Imports only go down: the floors of the house, read from CONTRIBUTING and checked against the code."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from optiviz._lib.display import HOME
from optiviz.scene.given import READER

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "optiviz"
DRAWING = {"matplotlib", "imageio", "PIL"}
MODULES = sorted(HOUSE.rglob("*.py"))
NAMES = {file: ".".join(file.relative_to(HOUSE).with_suffix("").parts) for file in MODULES}
NAMES = {file: re.sub(r"(^|\.)__init__$", "", name) for file, name in NAMES.items()}  # the face is ""
KNOWN = frozenset(NAMES.values())


def table(heading: str) -> dict[str, int]:
    """Room -> floor, from the table of CONTRIBUTING whose second column is headed so."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = text.split(f"| floor | {heading} | what |\n")[1].split("\n\n")[0].splitlines()[1:]
    cells = [row.strip("| ").split(" | ") for row in rows]
    return {room: int(floor) for floor, rooms, _ in cells for room in re.findall(r"`(\w+)`", rooms)}


FLOORS, INSIDE = table("rooms"), table("rooms of `rendering`")


def room(module: str) -> str:
    """`rendering.stage` -> `rendering`; the face is `__init__`."""
    return module.split(".")[0] or "__init__"


def room_inside(module: str) -> str | None:
    """`rendering.marks.agg` -> `marks`; None outside of `rendering` and for its face."""
    parts = module.split(".")
    return parts[1] if parts[0] == "rendering" and len(parts) > 1 else None


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def imports(file: Path) -> set[str]:
    """Every module that a file imports, those inside functions and for typing too."""
    found = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are written in full"
            deep = {f"{node.module}.{alias.name}" for alias in node.names}
            ours = {name for name in deep if name.removeprefix("optiviz.") in KNOWN}
            found |= ours or {node.module or ""}
    return found


def ours(file: Path) -> set[str]:
    return {
        name.removeprefix("optiviz").lstrip(".") for name in imports(file) if name.split(".")[0] == "optiviz"
    }


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(HOUSE)))
def test_imports_go_down_and_only_rendering_draws(file):
    here = NAMES[file]
    for module in ours(file):
        assert FLOORS[room(module)] <= FLOORS[room(here)], f"{here} climbs to {module}"
        if room(module) != room(here):
            assert FLOORS[room(module)] < FLOORS[room(here)], f"{here} reaches across to {module}"
        above, below = room_inside(here), room_inside(module)
        if above and below and above != below:
            assert INSIDE[below] < INSIDE[above], f"{here} climbs to {module}"
    for module in imports(file):
        top = module.split(".")[0]
        assert top not in DRAWING or room(here) in ("rendering", "scenefile"), f"{here} draws with {module}"
        assert module != "matplotlib.pyplot", f"{here} keeps global state"


def test_the_tables_name_every_room_and_no_other():
    assert {room(name) for name in NAMES.values()} == set(FLOORS)
    assert {room_inside(name) for name in NAMES.values()} - {None} == set(INSIDE)
    assert max(FLOORS.values()) <= 10


def test_modules_are_of_a_size_to_be_read():
    long = {
        NAMES[file]: lines
        for file in MODULES
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > 450
    }
    assert set(long) == {"objectives.surfaces"}  # the catalogue


def test_two_modules_look_up_by_name():
    """An import by name escapes the tests above, so those that have one are known."""
    by_name = {
        NAMES[file]
        for file in MODULES
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Name) and node.id in ("import_module", "__import__")
    }
    indexes = {NAMES[file] for file in MODULES if file.name == "__init__.py"} | {
        "_lib.registry"
    }  # of what lies below
    foreign = {
        "interop.packages",
        "rendering.encode.video",
        "cli.import_hooks",
    }  # ask for packages that are not ours
    assert by_name - indexes - foreign == {"_lib.display", "scene.given"}
    assert (HOME, READER) == ("optiviz.notebook.display", "optiviz.scenefile")


def test_no_circles():
    left = {name: ours(file) - typing_only(file) - {name} for file, name in NAMES.items()}
    while left:
        free = [name for name, needs in left.items() if not needs & left.keys()]
        assert free, f"modules import each other in a circle: {sorted(left)}"
        for name in free:
            del left[name]


def typing_only(file: Path) -> set[str]:
    """What a file imports for its annotations alone."""
    guarded = [
        b for b in ast.walk(tree(file)) if isinstance(b, ast.If) and "TYPE_CHECKING" in ast.dump(b.test)
    ]
    return {
        (node.module or "").removeprefix("optiviz").lstrip(".")
        for block in guarded
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom)
    }
