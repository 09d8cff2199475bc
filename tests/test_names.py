"""A name of the library stands for one thing: no function or class is defined in two modules."""

import ast
from collections import defaultdict
from pathlib import Path

import optiviz as ov
from optiviz.optimizers import OPTIMIZERS
from optiviz.rendering.panels import PANELS

ROOT = Path(ov.__file__).parent

# names that may stand in several modules, and why
HOOKS = {
    "check_problem",
    "check_runs",
}  # what a panel declares beside its function, under one name in all of them
BOTH_PUBLIC = {
    "Constant"
}  # an initializer as Keras calls it, and a schedule: told apart by `nn` and `optimizers`


def homes() -> dict[str, set[str]]:
    """The modules in which each function or class of the library is defined, overloads once."""
    found = defaultdict(set)
    for file in ROOT.rglob("*.py"):
        module = file.relative_to(ROOT).with_suffix("").as_posix()
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("__"):
                found[node.name].add(module)
    return found


def may_be_shared(name: str, modules: set[str]) -> bool:
    own = {module for module in modules if not module.startswith("flavours/")}
    if name in HOOKS:
        return all(module.startswith("rendering/panels/") for module in own)
    if name in BOTH_PUBLIC:
        return True
    if f"rendering/panels/{name}" in own and name in PANELS:  # a panel has the name that scenes give it
        own.remove(f"rendering/panels/{name}")
        return len(own) == 1
    # a flavour has the framework's name for a rule
    return len(own) <= 1 and len(own) < len(modules) and name.lower() in OPTIMIZERS


def test_a_name_is_defined_in_one_module():
    shared = {name: sorted(modules) for name, modules in homes().items() if len(modules) > 1}
    assert {name: where for name, where in shared.items() if not may_be_shared(name, {*where})} == {}


def test_the_exceptions_are_needed():
    found = homes()
    assert all(len(found[name]) > 1 for name in HOOKS | BOTH_PUBLIC)
