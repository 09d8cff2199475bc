"""Draws the pictures of the site, from the tree, in processes; those of which nothing changed are kept.

A picture is a job of plain data, (kind, name, details), and its file in the cache is called by a hash
of that, of the
code of optiviz and of the libraries.
"""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from typing import Any

import optiviz as ov
from optiviz._lib.parallel import map_jobs, spare_processes
from optiviz.optimizers import OPTIMIZERS, SCHEDULES
from optiviz.scene.panel_names import NAMES as PANEL_NAMES
from optiviz.scenefile import read_text, shipped
from optiviz.scenefile.build_cache import made_with
from optiviz.scenefile.introspection import settings_of
from optiviz.scenefile.quick import document_text, race_document
from sitegen.blocks import Block, blocks, written_pages
from sitegen.gallery import LIVE, TOO_LONG

SMALL = (960, 400)
WORDLESS = {
    "captions": (), "marks": (), "verdict": "none", "ask": None, "goal": None, "camera": (), "slow": None,
    "pauses": (),
}  # fmt: skip
# a panel -> the scene it is seen in, and its settings where the scene has none for it
SEEN_IN: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "accuracy": ("xor", {}),
    "activations": ("batch_normalisation", {}),
    "anatomy": ("anatomy_nag", {}),
    "backpropagation": ("worked_example", {}),
    "basins": ("basins_himmelblau", {}),
    "boundary": ("xor", {}),
    "confusion_matrix": ("relu_softmax", {}),
    "curvature": ("curvature", {}),
    "descent1d": ("local_minimum", {}),
    "gradients": ("xor", {}),
    "interpolation": ("solutions", {}),
    "landscape": ("momentum", {}),
    "landscape3d": ("race_beale", {}),
    "loss": ("momentum", {}),
    "fit": ("momentum", {}),
    "network": ("xor", {}),
    "particles": ("sgd_temperature", {}),
    "plane": ("weight_space", {}),
    "stability": ("stability_momentum", {}),
    "weights": ("xor", {}),
}
# what a rule needs to be told, and a better place to see it than the ravine
NEEDED: Mapping[str, Mapping[str, Any]] = {}
Job = tuple[str, str, str]  # kind, name, details as JSON


def jobs(docs: Path) -> list[Job]:
    """All pictures of the site."""
    found: list[Job] = [("rule", name, "") for name in OPTIMIZERS]
    found += [("schedule", name, "") for name in SCHEDULES]
    found += [("surface", name, "") for name in ov.surfaces]
    found += [("panel", name, scene_of(panel_scene(name))) for name in PANEL_NAMES]
    found += [("scene", name, scene_of(name)) for name in shipped() if name not in TOO_LONG]
    found += [("play", name, scene_of(name)) for name in LIVE]
    for block in pictured(docs):
        found.append(
            ("block", block.picture.removesuffix(".png"), json.dumps([block.language, block.code, block.at]))
        )
    return found


def pictured(docs: Path) -> Iterator[Block]:
    """The blocks of written pages that have a picture."""
    for page, text in written_pages(docs).items():
        yield from (block for block in blocks(page, text) if block.picture)


def file_of(job: Job) -> str:
    """Where a picture stands in the site."""
    kind, name, _ = job
    if kind == "play":
        return f"play/{name}.html"
    return f"pictures/{name}.png" if kind == "block" else f"pictures/{kind}-{name}.png"


def scene_of(name: str) -> str:
    """A shipped scene, as text: another text, another picture."""
    return json.dumps([name, shipped()[name].read_text("utf-8")])


def panel_scene(name: str) -> str:
    """The scene in which a panel is seen."""
    if name in SEEN_IN:
        return SEEN_IN[name][0]
    for scene, path in shipped().items():
        if scene not in TOO_LONG and re.search(rf'"{name}"', path.read_text("utf-8")):
            return scene
    raise LookupError(
        f"no shipped scene has the panel {name}: name one in SEEN_IN of docs/sitegen/pictures.py"
    )


def key_of(job: Job) -> str:
    """What stands for all that a picture depends on."""
    text = json.dumps([job, made_with(), hashlib.sha256(Path(__file__).read_bytes()).hexdigest()])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def draw_all(docs: Path, site: Path, cache: Path) -> tuple[int, int]:
    """Bring all pictures into the folder `site`; how many there are, and how many were drawn."""
    cache.mkdir(parents=True, exist_ok=True)
    wanted = {job: cache / f"{key_of(job)}{Path(file_of(job)).suffix}" for job in jobs(docs)}
    missing = [(job, str(file)) for job, file in wanted.items() if not file.exists()]
    missing.sort(key=lambda entry: entry[0][0] not in ("scene", "panel", "play"))  # the long ones first
    for fault in map_jobs(draw_one, missing, spare_processes()):
        raise RuntimeError(fault)
    for job, file in wanted.items():
        place = site / file_of(job)
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists() or place.read_bytes() != file.read_bytes():
            shutil.copyfile(file, place)
    for file in set(cache.iterdir()) - set(wanted.values()):
        file.unlink()
    return len(wanted), len(missing)


def draw_one(entry: tuple[Job, str]) -> Iterator[str]:
    """Draw one picture; what is wrong with it, if anything."""
    (kind, name, details), file = entry
    try:
        with tempfile.TemporaryDirectory() as folder:
            DRAWN[kind](name, details, Path(folder) / Path(file).name)
            shutil.move(Path(folder) / Path(file).name, file)
    except Exception as error:
        yield f"picture {kind} {name}: {type(error).__name__}: {error}"


def draw_rule(name: str, details: str, file: Path) -> None:
    """A rule beside gradient descent on the ravine."""
    rules = ["gd"] if name == "gd" else ["gd", name]
    document = race_document("ravine", rules, steps=60)
    for setting, value in NEEDED.get(name, {}).items():
        document["runs"][OPTIMIZERS[name].__name__][setting] = value
    scene, _ = read_text(document_text({**document, "title": ""}), name, file.parent)
    ov.still(replace(scene, size=SMALL, scale_text=1.6), file)


def draw_schedule(name: str, details: str, file: Path) -> None:
    """The rate over 100 steps."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    part = SCHEDULES[name]
    schedule = part(**{s.name: value_for(s.name) for s in settings_of(part).values() if s.required})
    figure = Figure(figsize=(6, 2.4), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.plot([float(schedule(count)) for count in range(101)], color="#0072b2", drawstyle="steps-post")
    axes.set(xlabel="steps finished", ylabel="rate", ylim=(0, None), title=repr(schedule))
    axes.title.set_fontsize(8)
    figure.savefig(file, metadata={"Software": None})


def value_for(setting: str) -> Any:
    """A value for a setting of a schedule that must be given, for its picture."""
    if setting in ("boundaries", "milestones"):
        return [30, 60]
    if setting == "values":
        return [1.0, 0.5, 0.1]
    if setting == "schedules":
        return [SCHEDULES["constant"](1.0), SCHEDULES["constant"](0.5), SCHEDULES["constant"](0.1)]
    told = {"decay_rate": 0.5, "final_learning_rate": 0.1, "low": 0.1, "high": 1.0, "decay_begin": 60}
    if setting in told:
        return told[setting]
    return 1.0 if "rate" in setting or "value" in setting else 25


def draw_surface(name: str, details: str, file: Path) -> None:
    """A surface as a hill and as a map."""
    surface = ov.surfaces[name]
    panels = ("landscape3d", ov.Panel("landscape", {"window": "surface"}))
    scene = ov.Scene(surface, {}, panels=panels, steps=1, size=SMALL, scale_text=1.6)
    ov.still(scene, file)


def draw_panel(name: str, details: str, file: Path) -> None:
    """A panel alone, as a shipped scene has it."""
    scene = ov.load(shipped()[json.loads(details)[0]])
    own = [panel for panel in scene.panels if panel.name == name]
    settings = SEEN_IN[name][1] if name in SEEN_IN else {}
    panel = own[0] if own and not settings else ov.Panel(name, dict(settings))
    alone = replace(scene, panels=(panel,), size=(720, 540), title="", **WORDLESS)
    ov.still(alone, file, at=scene.poster if isinstance(scene.poster, int) else None)


def draw_scene(name: str, details: str, file: Path) -> None:
    """A shipped scene at its telling moment."""
    from optiviz.rendering.render import make

    make(replace(ov.load(shipped()[name]), size=(960, 540)), [], posters=[file])


def draw_play(name: str, details: str, file: Path) -> None:
    """The live page of a shipped scene."""
    ov.render(ov.load(shipped()[name]), file)


def draw_block(name: str, details: str, file: Path) -> None:
    """What a block of a page shows: a scene, or the file that a script writes."""
    language, code, at = json.loads(details)
    shutil.copytree(shipped()["cars"].parent / "data", file.parent / "data")
    if language == "toml":
        scene, _ = read_text(code, name, file.parent)
        ov.still(replace(scene, size=(960, 540)) if scene.size == (1280, 720) else scene, file, at=at)
        return
    with chdir(file.parent):
        Block(name, language, code).execute({"__name__": "page"})
        (Path(f"{name}.png")).rename(file)


DRAWN: Mapping[str, Callable[[str, str, Path], None]] = {
    "rule": draw_rule,
    "schedule": draw_schedule,
    "surface": draw_surface,
    "panel": draw_panel,
    "scene": draw_scene,
    "play": draw_play,
    "block": draw_block,
}


def names(found: Sequence[Job]) -> set[str]:
    """The files of pictures, as pages link to them."""
    return {file_of(job) for job in found}
