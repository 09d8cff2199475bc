"""optiviz explore"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optiviz.cli.changes import change_options
from optiviz.cli.completion import EXPLORED
from optiviz.cli.outputs import is_folder, output_files
from optiviz.cli.race import pair_of
from optiviz.cli.results import result_options, tell, tell_file
from optiviz.cli.scenes import faults_with_lines, read_scene, ready_to_draw

if TYPE_CHECKING:
    from optiviz.scene.scene import Scene
    from optiviz.scenefile import Change

USUAL = "race_beale"
EPILOG = """\b
Examples:
  optiviz explore                              seven rules in Beale's valley, outputs/race_beale.html
  optiviz explore momentum                     a shipped scene, or a file of yours
  optiviz explore himmelblau                   a surface, with GD, Momentum and Adam
  optiviz explore "x**2 + 20*y**2" --start=-4,2 --no-open -o valley.html

\b
The page is one file that needs no network: drag the start, turn the knobs, change rules and surface, write
a formula, and take the scene out of it again. `optiviz render SCENE -f html` makes the same page to play.
"""


@click.command("explore", epilog=EPILOG)
@click.argument("shown", metavar="[SCENE|SURFACE|FORMULA]", type=EXPLORED, default=USUAL)
@click.option("--start", metavar="X,Y", help="Where all begin, such as --start=-4,2.  [the surface's own]")
@change_options
@click.option("-o", "--out", metavar="FILE", help="A .html file, or a folder.  [outputs/]")
@click.option("--open/--no-open", "opens", default=True, help="Open the page in the browser.  [yes]")
@result_options
def explore_command(
    shown: str, start: str | None, changes: "list[Change]", out: str | None, opens: bool
) -> None:
    """Make a page in which everything is free to change, and open it.

    SCENE is a TOML file or the name of a shipped scene; race_beale unless given.
    """
    ready_to_draw()
    from optiviz._lib.atomic import replacing
    from optiviz.rendering.encode.base import Film
    from optiviz.rendering.encode.html import page_of_film
    from optiviz.rendering.encode.html_runs import recorded_note
    from optiviz.scene.play import play

    if out is not None and not is_folder(out) and Path(out).suffix.lower() != ".html":
        raise click.UsageError(f"-o {out}: a page is a .html file, or goes into a folder, ending in /")
    path, scene = scene_shown(shown, start, changes)
    (target,) = output_files((path.stem,), [".html"], out)[path.stem]
    target.parent.mkdir(parents=True, exist_ok=True)
    with faults_with_lines(path):
        film = Film(scene, play(scene), name=path.stem)
        text = page_of_film(film, explore=True)
    with replacing(target) as file:
        file.write_text(text, encoding="utf-8", newline="\n")
    for note in recorded_note(film):
        tell(f"note: {note}")
    tell_file(target)
    if opens:
        click.launch(str(target))


def scene_shown(shown: str, start: str | None, changes: "list[Change]") -> "tuple[Path, Scene]":
    """The scene of a name or file, else one of rules side by side on a surface or a formula."""
    from optiviz.scenefile import read_text, shipped
    from optiviz.scenefile.changes import changed
    from optiviz.scenefile.quick import document_text, race_document

    named = shown in shipped() or shown.endswith(".toml") or shown == "-" or Path(shown).is_file()
    if named:
        if start is not None:
            changes = [*changes, start_change(start)]
        path, scene, _ = read_scene(shown, None, changes)
        return path, scene
    content: dict[str, Any] = race_document(shown, start=pair_of(start), steps=200)
    content["panels"] = ["landscape3d", "landscape", "loss"]
    name = shown if shown.isidentifier() else "explore"
    changed(content, changes)
    scene, _ = read_text(document_text(content), name, Path.cwd(), changes)
    return Path(name), scene


def start_change(start: str) -> "Change":
    """`--start` as a change of the scene."""
    from optiviz.scenefile import change_of

    return change_of(f"problem.start={pair_of(start)}", f"--start {start}")
