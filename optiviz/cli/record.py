"""optiviz record"""

from pathlib import Path

import click

from optiviz.cli.outputs import spare_sources
from optiviz.cli.results import result_options, tell_file
from optiviz.cli.scenes import read_scene, scene_argument

EPILOG = """\b
Example:
  optiviz record momentum -o golden/momentum.json
  optiviz verify momentum golden/momentum.json
"""


@click.command("record", epilog=EPILOG)
@scene_argument
@click.option(
    "-o", "--out", metavar="GOLDEN", required=True, type=click.Path(path_type=Path),
    help="A .json (path and losses, a line a step, for git diff) or a .npz (everything).",
)  # fmt: skip
@result_options
def record_command(scene: str, out: Path) -> None:
    """Write down the path of every run of a scene, for `optiviz verify`.

    It is played three times more with its last digits shaken, and the file says what each step may be off on
    another machine. The same scene gives the same bytes on the same machine.
    """
    from optiviz._lib.machine import provenance
    from optiviz.runs.save import known_suffix, save
    from optiviz.scene.play import play
    from optiviz.scene.sensitivity import tolerances
    from optiviz.testing import comparable_until

    known_suffix(out)
    path, content, _ = read_scene(scene)
    spare_sources(path, [out])
    runs = dict(play(content).trajectories)
    within = tolerances(content, runs) if out.suffix.lower() != ".csv" else {}  # which has no place for them
    save(runs, out, within, {"scene": path.name, **provenance()})
    tell_file(out)
    for label, run in runs.items():
        last = comparable_until(run, within.get(label))
        if last is not None:
            far = f"until step {last:,} of {run.steps:,}" if last >= 0 else "at no step"
            told = f"run '{label}' can be compared {far}: later rounding alone moves it"
            click.echo(f"{out}: note: {told}", err=True)
