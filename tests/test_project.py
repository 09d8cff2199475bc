"""What the project promises of itself: the README's script, the packages of the wheel, the version."""

import configparser
import re
import subprocess
import sys
from pathlib import Path

from PIL import Image

import optiviz as ov

ROOT = Path(__file__).parents[1]


def blocks(text: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text, flags=re.S)


def printed(script: str, folder: Path) -> str:
    command = [sys.executable, "-W", "error", "-c", script]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_the_scripts_of_the_readme_run_as_printed(tmp_path):
    first, second, third = blocks((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len([line for line in first.splitlines() if line]) <= 10
    lines = printed(first, tmp_path).splitlines()
    assert [line.split()[0] for line in lines] == ["GD", "Momentum", "Adam"]
    for line in lines:  # the least value of x**2 + 3 sin(y) is -3
        assert -3.0 <= float(line.split()[-1]) < -2.9
    with Image.open(tmp_path / "bowl.gif") as gif:
        assert gif.size == (1280, 720) and gif.n_frames > 50
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", second],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "(501, 2, 10000) 1.0\n"
    told = printed(third, tmp_path)
    assert "[ 3.    2.  ]" in told  # one of the four minima
    assert told.endswith("curvature 2.00, the rule bears 76.00\n")  # (2 + 2 * 0.9) / 0.05


def test_every_package_is_in_the_wheel():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    listed = set(setup["options"]["packages"].split())
    found = {
        ".".join(file.parent.relative_to(ROOT).parts) for file in (ROOT / "optiviz").rglob("__init__.py")
    }
    assert listed == found | {"optiviz.scenes"}
    assert setup["metadata"]["version"] == ov.__version__


def test_requirements_have_lower_bounds():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    for group in (setup["options"]["install_requires"], setup["options.extras_require"]["test"]):
        for line in group.split():
            assert re.fullmatch(r"[a-z-]+>=[\d.]+", line), line
