"""What the project promises of itself: README and its picture, wheel, metadata, version."""

import configparser
import re
import runpy
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import setuptools
from PIL import Image, ImageSequence

import optiviz as ov
from optiviz.rendering.timeline import timeline

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


def test_the_wheel_holds_every_module_scene_and_asset(tmp_path):
    """Built from a copy of the tree, as a stranger would, and run from nowhere near the checkout."""
    tree, wheels = tmp_path / "tree", tmp_path / "wheels"
    unwanted = shutil.ignore_patterns(".*", "outputs", "__pycache__", "*.egg-info", "build", "tests", "docs")
    shutil.copytree(ROOT, tree, ignore=unwanted)
    build = f"from setuptools.build_meta import build_wheel; print(build_wheel({str(wheels)!r}))"
    wheels.mkdir()
    done = subprocess.run([sys.executable, "-c", build], cwd=tree, capture_output=True, text=True, check=True)
    with zipfile.ZipFile(wheels / done.stdout.split()[-1]) as wheel:
        held = set(wheel.namelist())
        wheel.extractall(tmp_path / "installed")
    ours = {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "optiviz").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    scenes = {f"optiviz/{file.relative_to(ROOT).as_posix()}" for file in (ROOT / "scenes").rglob("*.toml")}
    assert ours | scenes <= held
    assert f"optiviz_lab-{ov.__version__}.dist-info/METADATA" in held
    probe = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'installed')!r}); "
        "import optiviz as ov; from optiviz.scenefile import resolve; "
        "print(ov.__file__); print(ov.load(resolve('momentum')).title)"
    )
    told = printed(probe, tmp_path).splitlines()
    assert told[0].startswith(str(tmp_path)) and told[1] == ov.load(ROOT / "scenes" / "momentum.toml").title


def test_requirements_have_lower_bounds():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    for group in (setup["options"]["install_requires"], setup["options.extras_require"]["test"]):
        for line in group.split():
            assert re.fullmatch(r"[a-z-]+>=[\d.]+", line), line


def test_the_picture_of_the_readme_is_what_make_demo_draws():
    """Its length, its first frame and the one of its end, against the scene as it is drawn today."""
    assert "optiviz render momentum -o outputs/momentum.gif" in (ROOT / "Makefile").read_text(
        encoding="utf-8"
    )
    assert 'src="docs/momentum.gif"' in (ROOT / "README.md").read_text(encoding="utf-8")
    scene = ov.load("momentum")
    frames = timeline(scene)
    with Image.open(ROOT / "docs" / "momentum.gif") as gif:
        assert gif.size == scene.size and gif.n_frames == len(frames)
        for k, frame in enumerate(ImageSequence.Iterator(gif)):
            if k == 0:
                first = np.asarray(frame.convert("RGB"), dtype=int)
        last = np.asarray(frame.convert("RGB"), dtype=int)
    for seen, step in ((first, 0), (last, scene.steps)):
        drawn = ov.still(scene, at=step)[..., :3].astype(int)
        assert (np.abs(seen - drawn).max(axis=2) > 40).mean() < 0.002, "copy what `make demo` draws to docs/"


def test_the_long_description_leads_out_of_the_index(monkeypatch):
    given = {}
    monkeypatch.setattr(setuptools, "setup", given.update)
    runpy.run_path(str(ROOT / "setup.py"))
    text = given["long_description"]
    home = metadata()["url"]
    assert f'src="{home}/raw/main/docs/momentum.gif"' in text
    assert f"]({home}/blob/main/CONTRIBUTING.md)" in text
    links = re.findall(r"\]\(([^)]+)\)|src=\"([^\"]+)\"", re.sub(r"```.*?```", "", text, flags=re.S))
    assert len(links) > 10
    assert all("".join(link).startswith(("https://", "#")) for link in links)


def metadata():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return setup["metadata"]


def test_the_version_is_the_same_everywhere():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert metadata()["version"] == ov.__version__
    assert f"\nversion: {ov.__version__}\n" in citation
    assert f"\nrepository-code: {metadata()['url']}\n" in citation
    assert all(metadata()["url"] in line for line in metadata()["project_urls"].strip().splitlines())
    assert f"\nlicense: {metadata()['license_expression']}\n" in citation


def test_nothing_tells_to_install_from_an_index_what_is_not_there():
    """The distribution is on no index: its extras are told by the packages they bring."""
    files = [*(ROOT / "optiviz").rglob("*.py"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    for file in files:
        if "_build" not in file.parts:
            told = re.findall(r"pip install[^\n]*optiviz[^\n]*", file.read_text(encoding="utf-8"))
            assert all("-e" in line or "-lab-" in line for line in told), (file, told)
