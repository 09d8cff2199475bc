"""optiviz render"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optiviz.cli import reason
from optiviz.cli.outputs import formats_of, places
from optiviz.cli.progress import Teller
from optiviz.cli.scenes import code_for, faults_of, read_scene, scenes_argument, size_of, tell
from optiviz.errors import BadInput

if TYPE_CHECKING:
    from optiviz.scene import Scene

EPILOG = """\b
Examples:
  optiviz render momentum                          outputs/momentum.gif
  optiviz render a.toml b.toml -o clips/ -f gif,png
  optiviz render ravine.toml -o slides/ravine.gif
"""


@click.command("render", epilog=EPILOG)
@scenes_argument
@click.option(
    "-o", "--out", metavar="OUT", help="A file, or a folder (one that is there, or ends in /).  [outputs/]"
)
@click.option("-f", "--format", "wanted", metavar="FORMATS", help="Formats, with commas between.  [gif]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file, on a line of its own.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but what goes wrong.")
@click.pass_context
def render_command(
    ctx: click.Context,
    scenes: tuple[str, ...],
    out: str | None,
    wanted: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make clips from scenes.

    SCENE is a TOML file or the name of a shipped scene. The files made are named on stdout.
    """
    formats = formats_of(wanted, out)
    targets = places(scenes, formats, out)
    codes: list[int] = []
    good: list[tuple[str, Scene, list[str]]] = []
    for name in scenes:  # all faults of all scenes, before the first one is drawn
        try:
            path, scene, notes = read_scene(name)
            good.append((name, scene, notes))
        except BadInput as error:
            codes.append(failed(name, error, str(error), as_json, 2))
    done = 0
    with Teller(as_json or quiet, len(good)) as teller:
        for name, scene, notes in good:
            try:
                for note in notes:
                    teller.say(f"{name}: note: {note}")
                for record in made(name, scene, targets[name], teller):
                    tell({**record, "notes": notes}) if as_json else click.echo(record["path"])
                done += 1
            except BadInput as error:
                codes.append(failed(name, error, f"{name}: {error}", as_json, 2))
            except (OSError, MemoryError) as error:
                refusal = BadInput(f"not rendered: {reason(error)}")
                codes.append(failed(name, refusal, f"{name}: {refusal}", as_json, 1))
    ctx.exit(code_for(done, codes))


def failed(name: str, error: BadInput, text: str, as_json: bool, code: int) -> int:
    """Say what went wrong with a scene, and give its exit code."""
    if as_json:
        tell({"scene": name, "ok": False, "faults": faults_of(error)})
    else:
        click.echo(text, err=True)
    return code


def made(name: str, scene: "Scene", targets: list[Path], teller: Teller) -> list[dict[str, Any]]:
    """Write a scene to each of `targets`; a record of each file."""
    import hashlib

    from optiviz.rendering.movie import render
    from optiviz.scene import play

    size = size_of(scene)
    comparison = play(scene)
    records = []
    for target in targets:
        clip = target.suffix.lower() == ".gif"
        target.parent.mkdir(parents=True, exist_ok=True)
        with teller.task(f"{target}", size["frames"] if clip else 1, scene.size) as progress:
            render(scene, target, comparison=comparison, progress=progress)
        records.append(
            {
                "scene": name,
                "path": str(target),
                "frames": size["frames"] if clip else 1,
                "seconds": size["seconds"] if clip else 0.0,
                "bytes": target.stat().st_size,
                "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
            }
        )
    return records
