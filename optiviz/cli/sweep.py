"""optiviz sweep"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from optiviz._lib.errors import BadInput
from optiviz.cli.outputs import DEFAULT_FOLDER, is_folder
from optiviz.cli.results import as_json, is_silent, result_options, tell
from optiviz.cli.scenes import code_for, print_json
from optiviz.cli.signals import exit_if_signalled, hold_signals

if TYPE_CHECKING:
    from optiviz.league.executors import Executor

EPILOG = """\b
Examples:
  optiviz sweep rates.toml                              outputs/rates.db, on all cores
  optiviz sweep rates.toml -o rates.db --resume         what is missing
  optiviz sweep rates.toml -o rates.db --on tcp://10.0.0.1:8786
  optiviz export outputs/rates.db -o rates.csv

\b
Blocks of about a second are kept as they end: whatever stops a sweep, --resume goes on with it. A
sweep file that was changed and is resumed works out what is new. The results are the same to the
byte whoever works on them, on one kind of processor.
"""
REFRESH, NEWS = 0.2, 10.0  # seconds between looks at a terminal, and between lines elsewhere


@click.command("sweep", epilog=EPILOG)
@click.argument("spec", metavar="SPEC", type=click.Path())
@click.option("-o", "--out", metavar="FILE.db", help=f"The store of results.  [{DEFAULT_FOLDER}/SPEC.db]")
@click.option("--resume", is_flag=True, help="Go on with a store that is there.")
@click.option(
    "-j", "--workers", type=click.IntRange(1, 256), metavar="N", help="How many processes.  [one a core]"
)
@click.option("--on", metavar="ADDRESS", help="A Dask scheduler to work on, such as tcp://10.0.0.1:8786.")
@click.option("-n", "--dry-run", is_flag=True, help="Say how many runs it would be, and make none.")
@result_options
@click.pass_context
def sweep_command(
    ctx: click.Context,
    spec: str,
    out: str | None,
    resume: bool,
    workers: int | None,
    on: str | None,
    dry_run: bool,
) -> None:
    """Run rules on problems over settings, starts and seeds, and keep how each run ended.

    SPEC is a TOML file: docs/sweeps.md tells what stands in it.
    """
    if on is not None and workers is not None:
        raise click.UsageError("--workers are processes here, and --on is a cluster; give one of the two")
    with hold_signals():
        from optiviz.league.executors import Failure
        from optiviz.league.spec import read_spec
        from optiviz.league.store import open_store
        from optiviz.league.sweep import work_off

    found = read_spec(spec)
    told = f"{found.runs:,} runs of {len(found.legs):,} pairs of a rule and a problem"
    if dry_run:
        tell(f"{spec}: {told}")
        return
    target = store_path(spec, out)
    if target.exists() and not resume:
        raise BadInput(f"{target}: is there already; --resume goes on with it, or name another file")
    executor = executor_of(workers, on)
    failures = []
    with open_store(target) as store:
        store.begin(found.title, found.text, found.legs)
        try:
            with followed(f"{spec}: {told}") as progress:
                jobs = [leg.job for leg in found.legs]
                for block, answer in work_off(jobs, store, executor, progress):
                    if isinstance(answer, Failure):
                        failures.append((block, answer.reason))
        except BaseException:
            kept = sum(high - low for leg in found.legs for low, high in store.done(leg.job))
            tell(f"{target}: {kept:,} of {found.runs:,} runs are kept; --resume goes on with them")
            raise
    for block, why in failures[:20]:
        low, high = block["block"]
        reason = why.splitlines()[0] if why else "no reason given"
        click.echo(f"failed: runs {low:,} to {high:,} of {block['run']}: {reason}", err=True)
    if len(failures) > 20:
        click.echo(f"failed: {len(failures) - 20:,} more blocks", err=True)
    lost = sum(block["block"][1] - block["block"][0] for block, _ in failures)
    if as_json():
        print_json({"path": str(target), "runs": found.runs - lost, "failed": lost})
    else:
        click.echo(str(target))
    ctx.exit(code_for(found.runs - lost, [1] * bool(failures)))


def store_path(spec: str, out: str | None) -> Path:
    """The file of a sweep's results."""
    if out is not None and not is_folder(out):
        if Path(out).suffix == ".toml":
            raise BadInput(f"{out}: is the suffix of a sweep file; results are kept in a .db")
        return Path(out)
    folder = Path(DEFAULT_FOLDER if out is None else out)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{Path(spec).stem}.db"


def executor_of(workers: int | None, on: str | None) -> "Executor":
    """What works on the blocks."""
    if on is not None:
        from optiviz.league.cluster import Dask

        return Dask(on)
    from optiviz.league.executors import executor_for

    return executor_for(workers)


@contextmanager
def followed(title: str) -> Iterator[Any]:
    """Tell (runs done, runs in all) on stderr: a line that a terminal rewrites, else one now and then."""
    begun = last = monotonic()
    first: list[int] = []  # runs that were done before
    live = sys.stderr.isatty() and not is_silent()
    tell(title)

    def progress(done: int, total: int) -> None:
        nonlocal last
        exit_if_signalled()
        now = monotonic()
        if not first:
            first.append(done)
        if now - last < (REFRESH if live else NEWS) and done < total:
            return
        last = now
        line = progress_line(done, total, done - first[0], now - begun)
        if live:
            click.echo(f"\r\x1b[K{line}", nl=False, err=True)
        elif now - begun > NEWS:
            tell(line)

    try:
        yield progress
    finally:
        if live:
            click.echo("\r\x1b[K", nl=False, err=True)


def progress_line(done: int, total: int, fresh: int, seconds: float) -> str:
    """How far a sweep is, how fast, and how long it will take.

    >>> progress_line(500_000, 1_000_000, 300_000, 100.0)
    '50 %  500,000 of 1,000,000 runs  3,000 a second  2 min 47 s left'
    """
    line = f"{100 * done // max(total, 1)} %  {done:,} of {total:,} runs"
    if not fresh or seconds <= 0:
        return line
    rate = fresh / seconds
    minutes, left = divmod(round((total - done) / rate), 60)
    hours, minutes = divmod(minutes, 60)
    short = f"{minutes} min {left} s" if minutes else f"{left} s"
    time = f"{hours} h {minutes} min" if hours else short
    return f"{line}  {rate:,.0f} a second  {time} left"
