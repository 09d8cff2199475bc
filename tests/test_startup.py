"""The quick start: what it leaves out of the libraries, and the switch that leaves them alone."""

import os
import subprocess
import sys

import pytest

DOES = """
import os, sys
from optiviz.cli.startup import lighten
lighten()
from dataclasses import FrozenInstanceError, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
import optiviz.rendering.stage
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from optiviz.scene.camera import CameraMove

def drawn(text):
    figure = Figure(figsize=(1, 1))
    canvas = FigureCanvasAgg(figure)
    figure.text(0.1, 0.5, text, font="DejaVu Sans")
    canvas.draw()
    return bytes(canvas.buffer_rgba())

unseen = ("pyparsing", "matplotlib._mathtext", "dateutil.rrule")
left_out = [name for name in unseen if name not in sys.modules and drawn("x = 2")]
print(*left_out or ["nothing"], sep=",")
formula = drawn("$x^2$")
print(__import__("zlib").crc32(formula), formula != drawn("x2"), "matplotlib._mathtext" in sys.modules)
print(FontProperties("serif:bold").get_weight(), version("numpy") == sys.modules["numpy"].__version__)
try:
    version("no such package")
except PackageNotFoundError:
    print("not found")

@dataclass(frozen=True)
class Point:
    x: float
    y: float = 2.0

one = Point(1.0)
print(one, one == Point(1.0, 2.0), one == Point(3.0), one == 1, len({one, Point(1.0), replace(one, y=3.0)}))
for change in (lambda: setattr(one, "x", 5.0), lambda: delattr(one, "y"), lambda: setattr(one, "z", 5.0)):
    try:
        change()
    except FrozenInstanceError as error:
        print(error)
import matplotlib.dates
print(matplotlib.dates.date2num(__import__("datetime").date(1970, 1, 2)))
"""

SAYS = """
from optiviz.cli.startup import lighten
lighten()
import sys
from matplotlib.artist import Artist
from matplotlib.lines import Line2D
print("Properties:" in (Line2D.set.__doc__ or ""), sys.modules.get("mpl_toolkits.mplot3d", "none") is None)
line = Line2D([0, 1], [0, 1])
line.set(color="red", linewidth=3)
print(line.get_color(), line.get_linewidth())
"""


@pytest.mark.parametrize(("switch", "plain"), [(None, False), ("0", False), ("1", True)])
def test_help_on_artists_is_left_out_unless_the_start_is_plain(switch, plain):
    # fails on a matplotlib whose help is written elsewhere: the hook of startup.py then does nothing
    env = {name: value for name, value in os.environ.items() if name != "OPTIVIZ_PLAIN_START"}
    env |= {} if switch is None else {"OPTIVIZ_PLAIN_START": switch}
    done = subprocess.run([sys.executable, "-c", SAYS], capture_output=True, text=True, env=env, timeout=60)
    assert done.stdout.split() == [str(plain), str(not plain), "red", "3.0"], done.stderr


def test_what_runs_in_pages_is_loaded_for_pages_alone():
    code = (
        "import sys, optiviz.rendering.render; print([name for name in sys.modules if 'optiviz.web' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.fixture(scope="module")
def both_starts():
    """What `DOES` prints after a quick start and after a plain one."""
    said = []
    for switch in ("0", "1"):
        env = os.environ | {"OPTIVIZ_PLAIN_START": switch}
        done = subprocess.run(
            [sys.executable, "-c", DOES], capture_output=True, text=True, env=env, timeout=60
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stdout.splitlines())
    return said


def test_what_is_left_out_comes_back_when_it_is_asked_for(both_starts):
    quick, plain = both_starts
    assert quick[1:] == plain[1:]  # formulas, font patterns, versions, dataclasses, dates
    assert quick[1].endswith("True True")
    assert quick[2:] == [
        "bold True",
        "not found",
        "Point(x=1.0, y=2.0) True False False 2",
        "cannot assign to field 'x'",
        "cannot delete field 'y'",
        "cannot assign to field 'z'",
        "1.0",
    ]


def test_a_quick_start_loads_no_parser_and_no_dates(both_starts):
    # fails where a library has moved what the hook looks for: it then does nothing there
    quick, plain = both_starts
    assert (quick[0], plain[0]) == ("pyparsing,matplotlib._mathtext,dateutil.rrule", "nothing")
