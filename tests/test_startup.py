"""The quick start: what it leaves out of matplotlib, and the switch that leaves matplotlib alone."""

import os
import subprocess
import sys

import pytest

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
