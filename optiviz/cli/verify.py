"""optiviz verify"""

import click

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
    "--rtol", type=float, default=1e-9, metavar="SHARE",
    help="How far a number may be off, as a share of it.  [1e-9]",
)  # fmt: skip
@click.option("--atol", type=float, default=0.0, metavar="SIZE", help="And by how much in any case.  [0]")
@click.option("--until", type=click.IntRange(0), metavar="STEP", help="Compare no further than this step.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def verify_command(
    ctx: click.Context, scene: str, golden: str, rtol: float, atol: float, until: int | None, as_json: bool
) -> None:
    """Run a scene and compare it with what `optiviz record` wrote.

    For each run that differs the first step and coordinate are named, the earliest first.
    """
    from optiviz.runs.load import load_trajectories
    from optiviz.scene.play import play
    from optiviz.testing import check_tolerances, differences

    check_tolerances(rtol, atol)
    reference = load_trajectories(golden)
    _, content, _ = read_scene(scene)
    comparison = play(content)
    found = differences(comparison, reference, rtol, atol, until)
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
                "rtol": rtol,
                "atol": atol,
                "differences": told,
            }
        )
    elif found:
        click.echo(f"{scene}: differs from {golden} (rtol {rtol:g}, atol {atol:g}), first at")
        for difference in found:
            click.echo(f"  {difference}")
    else:
        rows = sum(len(run.path) for run in reference.values())
        runs = f"{len(reference)} run{'s' * (len(reference) > 1)}"
        click.echo(f"{scene}: same as {golden}: {runs}, {rows:,} rows (rtol {rtol:g}, atol {atol:g})")
    ctx.exit(1 if found else 0)
