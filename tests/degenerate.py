"""Problems on which nothing is as it should be: no number where it begins, flat, below rounding, without end.

`PROBLEMS` are scenes without panels, as text; `test_degenerate.py` draws a part of the grid of problems and
panels, `campaigns/degenerate.py` all of it.
"""

import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optiviz._lib.errors import BadInput
from optiviz.rendering.panels import PANELS
from optiviz.rendering.stage import set_stage
from optiviz.scene.play import play
from optiviz.scene.scene import Panel, Scene


def rule(rate: str, more: str = "", name: str = "GD", kind: str = "gd") -> str:
    """A run of one rule."""
    return f'"{name}" = {{ optimizer = "{kind}", learning_rate = {rate}{more} }}'


def formula(text: str, start: Any = (0.5, 0.5), window: float = 1.0, *runs: str, **more: str) -> str:
    """A scene of one formula; limits, where there are other ones, in `more`."""
    settings = {"xlim": f"[{-window}, {window}]", "ylim": f"[{-window}, {window}]", **more}
    lines = [f'formula = "{text}"', f"start = {list(start)}", *(f"{k} = {v}" for k, v in settings.items())]
    return "\n".join(["steps = 6", "[problem]", *lines, "[runs]", *(runs or (rule("0.1"),))])


def fit(y: str, *runs: str, loss: str = "mse") -> str:
    """A scene of a line through data: y = slope x + intercept, with noise."""
    return "\n".join(
        [
            "steps = 6",
            "[problem]",
            f'data = {{ kind = "line", {y} }}',
            f'loss = "{loss}"',
            "start = [0.5, 0.5]",
            "[runs]",
            *(runs or (rule("0.1"),)),
        ]
    )


def network(rate: float, *, initial: str = '"glorot_uniform"') -> str:
    """A scene of a small network that is trained on circles."""
    return textwrap.dedent(f"""
        steps = 6
        [problem]
        data = {{ kind = "circles", n = 20, noise = 0.0 }}
        layers = [{{ units = 3, activation = "relu", kernel_initializer = {initial} }},
                  {{ units = 1, activation = "sigmoid" }}]
        loss = "binary_crossentropy"
        [runs]
        "GD" = {{ optimizer = "gd", learning_rate = {rate} }}
        """)


NEAR = rule("0.01", ", start = [0.5, 0.5]", "near")
FAR = rule("0.01", name="lost")

PROBLEMS: dict[str, str] = {
    # nothing where it begins
    "log left of 0": formula("log(x) + y**2", (-0.5, 0.5)),
    "root left of 0": formula("sqrt(x) + sqrt(y)", (-0.5, 0.5)),
    "pole at the start": formula("1/(x**2 + y**2)", (0, 0)),
    "hole at the start": formula("sin(x)/x + y**2", (0, 0.5)),
    "1e77 on a quartic": formula("x**4 + y**4", (1e77, 0.5)),
    "one begins nowhere, one does": formula("log(x) + y**2", (-0.5, 0.5), 1.0, FAR, NEAR),
    "all begin nowhere": formula("log(x) + y**2", (0.5, 0.5), 1.0, rule("1", ", start = [-1, 0]")),
    # the window
    "defined nowhere": formula("log(-1 - x**2) + y"),
    "defined by half": formula("log(x) + y**2", (0.5, 0.5)),
    "defined in a corner": formula("log(x - 0.9) + log(y - 0.9)", (0.95, 0.95)),
    "defined outside only": formula("log(x - 5) + y", (6, 0.5)),
    "a hole in the middle": formula("sin(x)/x + sin(y)/y"),
    "a pole on the grid": formula("1/x + y**2"),
    "a pole beside": formula("1/(x - 2) + y**2", (3, 0.5), 4.0),
    "a tangent": formula("tan(x) + y**2", (0.5, 0.5), 4.0),
    "no end": formula("exp(exp(8*x)) + y**2"),
    "overflows at the rim": formula("exp(800*x) + y**2", (0.1, 0.5)),
    # flat
    "constant": formula("3"),
    "zero": formula("0*x + 0*y"),
    "constant along y": formula("x**2"),
    "below rounding": formula("1e16 + sin(x) + y"),
    "tiny": formula("1e-300*(x**2 + y**2)"),
    "denormal": formula("1e-320*x**2 + y*0"),
    "huge": formula("1e300*(x**2 + y**2)"),
    "huge steps": formula("1e154*(x**2 + y**2)", (0.5, 0.5), 1.0, rule("1")),
    "one step of two heights": formula("where(x > 0, 1, 0)"),
    # below zero, without end
    "falls for ever": formula("-x**2 - y**2"),
    "a slope": formula("x + y"),
    "negative losses": formula("x**2 + y**2 - 100"),
    "zero at the start": formula("x**2 + y**2", (0, 0)),
    # runs
    "all lost at once": formula("x**4 + y**4", (0.9, 0.9), 1.0, rule("1e9")),
    "rate of 1e-300": formula("x**2 + y**2", (0.5, 0.5), 1.0, rule("1e-300")),
    "rate of 1e300": formula("x**2 + y**2", (0.5, 0.5), 1.0, rule("1e300")),
    "Adam without a slope": formula("0*x + 0*y", (0.5, 0.5), 1.0, rule("0.1", kind="adam")),
    "Newton-like decay": formula("x**2 + y**2", (0.5, 0.5), 1.0, rule("0.5")),
    "one coordinate": formula("cos(1/x)"),
    "a sliver of a window": formula("x**2 + y**2", (0.5, 0.5), 1.0, xlim="[0.5, 0.500001]"),
    "a vast window": formula("x**2 + y**2", (1.0, 1.0), 1.0, xlim="[-1e99, 1e99]", ylim="[-1e99, 1e99]"),
    "far from 0": formula("(x - 1e9)**2 + y**2", (1e9 + 0.5, 0.5), 1.0, xlim="[999999999, 1000000001]"),
    # data
    "a perfect line": fit("slope = 0.5, intercept = 0.5, noise = 0.0"),
    "flat data": fit("slope = 0.0, intercept = 0.0, noise = 0.0"),
    "data of 1e6": fit("slope = 1e6, intercept = 0.0, noise = 0.0"),
    "a fit that is lost": fit("slope = 1.0, intercept = 0.0", rule("1e9")),
    "a fit of mae": fit("slope = 0.5, intercept = 0.5, noise = 0.0", loss="mae"),
    # networks
    "a network that is lost": network(1e200),
    "a network of zeros": network(0.1, initial='"zeros"'),
    "a network that overflows": network(0.1, initial='{ kind = "random_normal", stddev = 1e6 }'),
}  # fmt: skip

# Settings with which a panel that asks for some can be drawn, or is drawn faster.
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "landscape": [{}, {"colorbar": True}, {"curvature": "GD"}],
    "landscape3d": [{}, {"contours": True, "orbit": 30.0}],
    "loss": [{}, {"log": True}],
    "robustness": [{"count": 5}, {"count": 5, "rates": (1e-300, 1e300), "lowest": -1e9}],
    "effort": [{}, {"against": "updates", "log": True}],
    "basins": [{"starts": 20}],
    "stability": [{"cells": 6}, {"cells": 6, "lowest": -1e9}],
    "curvature": [{}, {"show": "condition"}],
    "plane": [{"resolution": 21}, {"resolution": 21, "through": "random"}],
    "anatomy": [{}, {"show": "bars"}],
    "boundary": [{"resolution": 20}],
}


@dataclass(frozen=True)
class Drawn:
    """What became of panels over one problem: "drawn", "refused" with why, or "failed" with what escaped."""

    outcome: str
    why: str = ""


def draw(scene: Scene, comparison: Any, shares: tuple[float, ...] = (0.0, 0.5, 1.0)) -> Drawn:
    """Some frames of a scene that is played, at shares of the clip; every warning is a failure."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            stage = set_stage(scene, comparison)
            count = len(stage.moments)
            frames = [stage.frame(k).copy() for k in sorted({round(s * (count - 1)) for s in shares})]
        except BadInput as error:
            return Drawn("refused", str(error))
        except Exception as error:
            return Drawn("failed", f"{type(error).__name__}: {error}")
    return Drawn("drawn") if all(frame.any() for frame in frames) else Drawn("failed", "an empty frame")


def scenes(problem: Scene, only: Any = None) -> Iterator[tuple[str, dict[str, Any], Scene]]:
    """A scene of one panel for each panel, with each of its settings."""
    for name in PANELS if only is None else only:
        for settings in SETTINGS.get(name, [{}]):
            panel = Panel(name, settings)
            yield name, settings, replace(problem, panels=(panel,), size=(320, 240), seconds=0.5, fps=10)


def played(scene: Scene) -> Any:
    """What the runs of a scene did; a warning is a failure here, too."""
    with warnings.catch_warnings(), np.errstate(all="warn"):
        warnings.simplefilter("error")
        return play(scene)
