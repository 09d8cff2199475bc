"""optiviz league"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optiviz._lib.errors import BadInput
from optiviz.cli.completion import SUITE_NAME
from optiviz.cli.outputs import DEFAULT_FOLDER
from optiviz.cli.results import as_json, result_options, tell
from optiviz.cli.scenes import print_json
from optiviz.cli.signals import hold_signals
from optiviz.cli.sweep import executor_of, followed

if TYPE_CHECKING:
    from collections.abc import Mapping

EPILOG = """\b
Examples:
  optiviz league                                 the classic suite, outputs/league-classic/index.html
  optiviz league small-nets -o nets/
  optiviz league classic --clip beale            the clip behind a row of the heat map
  optiviz league mine.toml --against old/league.json

\b
What was worked out is kept beside the page, in runs.db: the next time only what changed is worked
out. The same suite gives the same bytes; the times that it took stand in times.json alone.
"""


@click.command("league", epilog=EPILOG)
@click.argument("suite", metavar="[SUITE]", type=SUITE_NAME, default="classic")
@click.option("-o", "--out", metavar="DIR", help=f"The folder.  [{DEFAULT_FOLDER}/league-SUITE/]")
@click.option(
    "-j", "--workers", type=click.IntRange(1, 256), metavar="N", help="How many processes.  [one a core]"
)
@click.option("--on", metavar="ADDRESS", help="A Dask scheduler to work on, such as tcp://10.0.0.1:8786.")
@click.option("--clip", "clips", metavar="PROBLEM", multiple=True, help="Draw the clip of a problem, too.")
@click.option("--against", metavar="OLD.json", help="Say what changed beyond chance since another league.")
@result_options
def league_command(
    suite: str,
    out: str | None,
    workers: int | None,
    on: str | None,
    clips: tuple[str, ...],
    against: str | None,
) -> None:
    """Play a league: every rule tuned with the same budget, scored on fresh starts, with bands.

    SUITE is a TOML file, or the name of a shipped one: classic, small-nets.
    """
    if on is not None and workers is not None:
        raise click.UsageError("--workers are processes here, and --on is a cluster; give one of the two")
    with hold_signals():
        from optiviz.league.against import read_record
        from optiviz.league.clips import check_clips, write_clip
        from optiviz.league.play import Playing
        from optiviz.league.record import play_suite
        from optiviz.league.report import RECORD, TIMES, write_report, write_text
        from optiviz.league.store import open_store
        from optiviz.league.suite import read_suite

    found = read_suite(suite)
    check_clips(found, clips)
    old = read_record(against) if against is not None else None
    folder = Path(f"{DEFAULT_FOLDER}/league-{found.name}" if out is None else out)
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder}: is a file, a folder is needed")
    folder.mkdir(parents=True, exist_ok=True)
    with open_store(folder / "runs.db") as store:
        problems = sum(len(family.problems) for family in found.families.values())
        with followed(f"{found.title}: {len(found.rules)} rules on {problems} problems") as progress:
            record, times = play_suite(found, Playing(store, executor_of(workers, on), progress))
    if times["seconds"]:
        write_text(folder / TIMES, times_text(times))
    for name in clips:
        tell(f"{name}: drawing the clip")
        write_clip(record, found, name, folder)
    page = write_report(record, folder)
    told: dict[str, Any] = {"path": str(page), "record": str(folder / RECORD)}
    if old is not None:
        told["changes"] = report_changes(old, record)
    if as_json():
        print_json(told)
    else:
        click.echo(str(page))


def times_text(times: "Mapping[str, Any]") -> str:
    """The JSON of the times."""
    import json

    return json.dumps(times, indent=1, ensure_ascii=False) + "\n"


def report_changes(old: "Mapping[str, Any]", new: "Mapping[str, Any]") -> list[dict[str, Any]]:
    """Say what changed, beyond chance and within; a record of each for `--json`."""
    from optiviz.league.against import score_changes

    found = [change for change in score_changes(old, new) if change.by.value]
    beyond = [change for change in found if change.beyond_chance]
    for change in beyond:
        band = f"{change.by.low:+.3f} to {change.by.high:+.3f}"
        where = f"{change.family}, {change.kind}: {change.rule}"
        tell(f"{where}: {change.before:.3f} -> {change.now:.3f} ({band})")
    tell(f"{len(beyond)} scores changed beyond chance, {len(found) - len(beyond)} within")
    return [
        {
            "class": change.kind,
            "family": change.family,
            "rule": change.rule,
            "before": change.before,
            "now": change.now,
            "low": change.by.low,
            "high": change.by.high,
            "beyond_chance": change.beyond_chance,
        }
        for change in found
    ]
