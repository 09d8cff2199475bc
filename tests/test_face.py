"""The public face: complete, and light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import optiviz as ov


def test_every_name_is_listed_once_for_readers_and_once_for_python():
    tree = ast.parse(Path(ov.__file__).read_text(encoding="utf-8"))
    typed = {
        (node.module.removeprefix("optiviz."), alias.name)
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        for alias in node.names
    }
    assert typed == {(home, name) for name, home in ov.HOME_OF.items()}


@pytest.mark.parametrize("name", [*ov.HOME_OF, "beale", "rosenbrock"])
def test_every_name_is_there(name):
    assert getattr(ov, name) is not None
    assert name in dir(ov)


def test_unknown_name():
    with pytest.raises(AttributeError, match="module 'optiviz' has no attribute 'beal'"):
        ov.beal  # noqa: B018


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_import_brings_in_nothing_heavy():
    heavy = "{'numpy', 'matplotlib', 'scipy', 'pydantic', 'imageio'}"
    assert run(f"import sys, optiviz; print(sorted({heavy} & set(sys.modules)))") == "[]"


def test_numbers_do_not_bring_in_drawing():
    heavy = "{'matplotlib', 'scipy', 'pydantic', 'imageio', 'PIL'}"
    code = "import sys, optiviz as ov; ov.minimize(ov.beale, ov.GD()); "
    assert run(f"{code} print(sorted({heavy} & set(sys.modules)))") == "[]"
