"""optiviz export"""

from pathlib import Path

import click

from optiviz.cli.results import result_options, tell, tell_file
from optiviz.cli.signals import hold_signals

EPILOG = """\b
Examples:
  optiviz export outputs/rates.db -o rates.csv
  optiviz export outputs/rates.db -o rates.parquet      needs pyarrow: pip install pyarrow
"""


@click.command("export", epilog=EPILOG)
@click.argument("store", metavar="STORE", type=click.Path())
@click.option("-o", "--out", metavar="FILE", required=True, help="A .csv or a .parquet file.")
@result_options
def export_command(store: str, out: str) -> None:
    """Write the results of a sweep as a table, a row a run."""
    with hold_signals():
        from optiviz.league.export import export
        from optiviz.league.store import open_store

    with open_store(store, new=False) as results:
        rows = export(results, Path(out))
    tell(f"{rows:,} rows")
    tell_file(out)
