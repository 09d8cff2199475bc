"""optiviz verify"""

from collections.abc import Mapping
from typing import Any

import click

from optiviz.cli.results import quiet_option
from optiviz.cli.scenes import print_json, read_scene, scene_argument

EPILOG = """\b
Example:
  optiviz record momentum -o golden/momentum.json
  optiviz verify momentum golden/momentum.json

\b
Exit codes: 0 the same, 1 something differs, 2 the scene or the file cannot be read.
"""


@click.command("verify", epilog=EPILOG)
@scene_argument
@click.argument("golden", metavar="GOLDEN", type=click.Path())
@click.option(
    "--rtol", type=float, metavar="SHARE",
    help="How far a number may be off, as a share of it.  [what the file says of each step, or 1e-9]",
)  # fmt: skip
@click.option("--atol", type=float, metavar="SIZE", help="And by how much in any case.  [0]")
@click.option("--until", type=click.IntRange(0), metavar="STEP", help="Compare no further than this step.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@quiet_option
@click.pass_context
def verify_command(
    ctx: click.Context,
    scene: str,
    golden: str,
    rtol: float | None,
    atol: float | None,
    until: int | None,
    as_json: bool,
) -> None:
    """Run a scene and compare it with what `optiviz record` wrote.

    For each run that differs the first step and coordinate are named, the earliest first. A run that rounding
    alone moves is compared as far as the file says.
    """
    from optiviz._lib.machine import provenance
    from optiviz.runs.load import load_saved_runs
    from optiviz.scene.play import play
    from optiviz.testing import check_tolerances, comparable_until, differences

    share, size = 1e-9 if rtol is None else rtol, 0.0 if atol is None else atol
    check_tolerances(share, size)
    saved = load_saved_runs(golden)
    own = bool(saved.within) and rtol is None and atol is None
    within = saved.within if own else {}
    _, content, _ = read_scene(scene)
    found = differences(play(content), saved.runs, share, size, until, within)
    last = {label: comparable_until(run, within.get(label), until) for label, run in saved.runs.items()}
    limits = "each step within what the file says" if own else f"rtol {share:g}, atol {size:g}"
    if as_json:
        told = [
            {**vars(difference), "off": difference.off, "relative": difference.relative}
            for difference in found
        ]
        print_json(
            {
                "scene": scene,
                "golden": golden,
                "same": not found,
                "rtol": None if own else share,
                "atol": None if own else size,
                "until": last,
                "recorded": dict(saved.about),
                "differences": told,
            }
        )
    elif found:
        click.echo(f"{scene}: differs from {golden} ({limits}), first at")
        for difference in found:
            click.echo(f"  {difference}")
        for line in elsewhere(saved.about, provenance()):
            click.echo(f"  {line}")
    else:
        rows = sum(len(run.path) for run in saved.runs.values())
        runs = f"{len(saved.runs)} run{'s' * (len(saved.runs) > 1)}"
        click.echo(f"{scene}: same as {golden}: {runs}, {rows:,} rows ({limits})")
    if not as_json:
        for label, run in saved.runs.items():
            if (step := last[label]) is not None and step < run.steps:
                far = f"until step {step:,} of {run.steps:,}" if step >= 0 else "at no step"
                click.echo(f"{golden}: note: run '{label}' is compared {far}", err=True)
    ctx.exit(1 if found else 0)


def elsewhere(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """What is another where a record was made: versions of packages, and the processor."""
    if not there:
        return []
    versions = there.get("versions")
    known = versions if isinstance(versions, dict) else {}
    pairs = [(name, known.get(name), now) for name, now in here["versions"].items()]
    pairs += [("processor", there.get("processor"), here["processor"])]
    other = [(name, then, now) for name, then, now in pairs if then not in (None, now)]
    return [f"{name}: {now} here, {then} in the reference" for name, then, now in other]
