"""Writes beale.json, the payload of the scene race_beale as the page's tests take it."""

import base64
import json
from pathlib import Path

import numpy as np

from optiviz.objectives.surface import Surface
from optiviz.rendering.header import segments
from optiviz.rendering.panels._shared.height_bands import bands
from optiviz.rendering.panels._shared.landmarks import landmarks_of
from optiviz.rendering.style import BANDS, DARK, LIGHT, band_colors, looks
from optiviz.scene.pacing import arc_times
from optiviz.scene.play import play
from optiviz.scene.script import script
from optiviz.scenefile import load, resolve


def packed(values):
    return base64.b64encode(np.asarray(values, dtype="<f8").tobytes()).decode()


def payload():
    scene = load(resolve("race_beale"))
    race = play(scene).at_positions
    surface = race.objective
    assert isinstance(surface, Surface)
    rules = [(label, type(run.optimizer).__name__) for label, run in scene.runs.items()]
    light, dark = looks(rules, LIGHT), looks(rules, DARK)
    lines = script(scene, race)
    parts = lambda text: [
        (words if words in light and bold else "", words) for words, _, bold in segments(text, light, "")
    ]
    landmarks = landmarks_of(surface, surface.xlim, surface.ylim, True)
    return {
        "title": scene.title,
        "notes": scene.notes,
        "name": "race_beale",
        "theme": "light",
        "unit": "step",
        "perUnit": 1,
        "steps": scene.steps,
        "clock": [round(float(t), 4) for t in arc_times(scene, race, round(scene.seconds * 20))],
        "captions": [
            {"time": line.time, "rest": line.rest or 0.8, "text": parts(line.text), "late": line.late}
            for line in lines
            if not line.verdict
        ],
        "verdict": next((parts(line.text) for line in lines if line.verdict), None),
        "ask": None,
        "pauses": [],
        "runs": [
            {
                "label": label,
                "color": light[label].color,
                "dark": dark[label].color,
                "marker": light[label].marker,
                "rule": rule.lower(),
                "settings": {},
                "recorded": "rule",
                "program": None,
                "path": packed(race.trajectories[label].path),
                "losses": packed(race.trajectories[label].losses),
            }
            for label, rule in rules
        ],
        "problem": {
            "kind": "surface",
            "name": surface.name,
            "formula": surface.formula,
            "program": "surface:beale",
            "xlim": surface.xlim,
            "ylim": surface.ylim,
            "start": list(surface.start),
            "minima": [(*one.at, one.kind) for one in landmarks if one.kind != "saddle"],
            "saddles": [one.at for one in landmarks if one.kind == "saddle"],
            "names": ["x", "y"],
        },
        "luck": {},
        "levels": {
            "ramp": band_colors(LIGHT.ramp, BANDS),
            "dark": band_colors(DARK.ramp, BANDS),
            "bands": bands(race, surface.xlim, surface.ylim).levels.tolist(),
        },
        "panels": [
            {"kind": "map", "heading": "Map", "small": "equal scale · low is light"},
            {"kind": "hill", "heading": "Surface", "small": "drag to turn", "azimuth": -120, "elevation": 48},
            {"kind": "loss", "heading": "Loss", "small": "log"},
        ],
        "marks": [],
        "poster": "",
        "alt": "",
    }


if __name__ == "__main__":
    text = json.dumps(payload(), ensure_ascii=False, indent=1, default=list)
    Path(__file__).with_name("beale.json").write_text(text + "\n", encoding="utf-8")
