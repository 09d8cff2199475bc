"""Template scene files: the commented starter, or a copy of another scene."""

import re
import tomllib
from pathlib import Path

from optiviz._lib.atomic import replacing
from optiviz._lib.errors import BadInput
from optiviz.objectives.table import path_inside
from optiviz.scenefile.source import read_scene_text

STARTER = """\
# What the class should watch for goes here.
title   = "Down the ravine"
panels  = ["landscape", "loss"]     # 1 to 6 of them: fit, landscape, landscape3d, loss
                                    # with settings: { panel = "landscape3d", orbit = 90 }
                                    # a map for each run: { panel = "landscape", each = true }
steps   = 100                       # of every run
seconds = 6                         # of motion
hold    = 2.5                       # seconds that the last frame then stands
# pauses = [10, 25]                 # steps at which the clip may be stopped; each stands for a second
# fps   = 20                        # a GIF has 10, 12.5, 20, 25, 33.3 or 50
# ease  = "arc"                     # time by what is drawn; or "linear", "in", "out", "in-out"
# theme = "light"
# size  = [1280, 720]               # pixels
# scale_text = 1.2                  # larger type, for a large hall
# seed  = 0                         # of noise and batches; all runs have the same luck

[problem]                           # a surface of the catalogue: `optiviz list surfaces`
surface = "ravine"
# start = [-7.0, 2.0]               # the surface's own unless given
# noise = 0.1                       # on every gradient
#
# or a formula of your own:
# formula = "x**2/20 + y**2"
# xlim    = [-10, 10]
# ylim    = [-5, 5]
# start   = [-7, 2]
#
# or a model fitted to data, made or read from a CSV file beside the scene:
# data  = { kind = "line", slope = 2.0, intercept = 1.0, noise = 0.3, n = 50 }
# data  = { csv = "cars.csv", x = "speed", y = "dist", standardize = true }
# loss  = "mse"                     # or "mae"
#
# or a network that learns from data; above, epochs = 50 may then stand for steps:
#   data     = { kind = "moons", noise = 0.2, n = 200 }
#   held_out = 0.25                 # rows that no gradient sees
#   layers   = [{ units = 10, activation = "relu" }, { units = 1, activation = "sigmoid" }]
#   loss     = "binary_crossentropy"

[runs]                              # label = { optimizer, its settings }: `optiviz list optimizers`
"Gradient descent" = { optimizer = "gd", learning_rate = 0.9 }
"Momentum"         = { optimizer = "momentum", learning_rate = 0.1, momentum = 0.8 }
"Adam"             = { optimizer = "adam" }    # without a rate: one that suits the surface
# "Noisy"          = { optimizer = "gd", learning_rate = 0.1, noise = 0.5 }
# "Weary"          = { optimizer = "gd", learning_rate = { schedule = "step", initial_learning_rate = 0.9,
#                      decay_steps = 20 } }    # on one line: TOML has no breaks within braces
"""
SCHEMA = "scene.schema.json"
SCHEMA_LINE = re.compile(r"\A#:schema [^\n]*\n")


def write_schema(name: Path) -> None:
    """Write the JSON schema of scenes beside a scene; one that is there is written anew."""
    import json

    from optiviz.scenefile import schema

    if not name.parent.is_dir():
        raise BadInput(f"{name}: there is no folder {name.parent}")
    with replacing(name.with_name(SCHEMA)) as file:
        text = json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"
        file.write_text(text, encoding="utf-8", newline="\n")


def begin(name: Path, like: str | None = None, *, force: bool = False) -> tuple[list[Path], list[Path]]:
    """Write the scene `name`.toml: the starter, or a copy of the scene `like` and the CSV file it reads.

    Returns
    -------
    written, kept : lists of Path
        What was made, and what was there already and stayed.

    Raises
    ------
    BadInput
        When the file is there and not to be written over, the name is none, or `like` is no good scene.
    """
    from optiviz.scenefile import load, resolve

    target = name if name.suffix == ".toml" else name.with_name(f"{name.name}.toml") if name.name else name
    if not target.stem.strip() or not target.name.isprintable() or target.stem.startswith((".", "-")):
        raise BadInput(f"'{target.stem.encode('unicode_escape').decode()}' is no name for a scene")
    if target.exists() and not force:
        raise BadInput(f"{target}: is there already; --force writes over it")
    text, copies, kept = STARTER, {}, []
    if like is not None:
        source = resolve(like)
        load(source)
        text = SCHEMA_LINE.sub("", read_scene_text(source))
        csv = tomllib.loads(text).get("problem", {}).get("data", {}).get("csv")
        if csv is not None:
            here = target.parent / csv
            if not here.exists():
                copies[here] = path_inside(source.resolve().parent, csv).read_bytes()
            elif here.read_bytes() != path_inside(source.resolve().parent, csv).read_bytes():
                kept.append(here)
    if (target.parent / SCHEMA).is_file():
        text = f"#:schema ./{SCHEMA}\n{text}"
    if not target.parent.is_dir():
        raise BadInput(f"{target}: there is no folder {target.parent}")
    for path, content in copies.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write_bytes(content)
    with replacing(target) as file:
        file.write_text(text, encoding="utf-8", newline="\n")
    return [target, *copies], kept
