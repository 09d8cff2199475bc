"""Results of a sweep as a table, a row a run: CSV, or Parquet where pyarrow is installed."""

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from optiviz._lib.atomic import replacing
from optiviz._lib.errors import BadInput
from optiviz.analysis.outcomes import Columns
from optiviz.interop.packages import import_package
from optiviz.league.jobs import Job, shape_of, values_along
from optiviz.league.store import Leg, Store

KEYS = ("problem", "run", "seed", "start")


def export(store: Store, target: str | Path) -> int:
    """Write the results of the sweep that a store began last; the number of rows.

    Rows stand in the order of the sweep's file, and within a rule in that of its runs, however they were
    worked out. A setting that a rule does not vary is empty.

    Parameters
    ----------
    store : Store
    target : path
        By its suffix `.csv` or `.parquet`.

    Raises
    ------
    BadInput
        For another suffix, where there are no results, and for Parquet without pyarrow.
    """
    target = Path(target)
    write = WRITERS.get(target.suffix.lower())
    if write is None:
        raise BadInput(f"{target}: unknown format '{target.suffix}' - known: {', '.join(WRITERS)}")
    legs = store.legs()
    names = table_names(store, legs)
    if not names:
        raise BadInput(f"{store.path}: has no results yet")
    with replacing(target) as temporary:
        return write(temporary, names, table_blocks(store, legs))


def table_names(store: Store, legs: list[Leg]) -> dict[str, np.dtype[Any]]:
    """The columns of the table and their types: keys, settings, results; empty where there are no results."""
    settings: dict[str, np.dtype[Any]] = {}
    results: dict[str, np.dtype[Any]] = {}
    for leg in legs:
        with closing(store.results(leg.job)) as blocks:
            first = next(blocks, None)
        if first is not None:
            results |= {name: values.dtype for name, values in first[1].items()}
            settings |= {name: np.dtype(float) for axis in leg.job["vary"] for name in axis}
    if not results:
        return {}
    keys = {"problem": np.dtype("U"), "run": np.dtype("U"), "seed": np.dtype(int), "start": np.dtype(int)}
    return {**keys, **settings, **results}


def table_blocks(store: Store, legs: list[Leg]) -> Iterator[tuple[int, Columns]]:
    """(rows, columns) of each block in order; what a leg has not is missing among its columns."""
    for leg in legs:
        for block, columns in store.results(leg.job):
            low, high = block["block"]
            count = high - low
            labels = {"problem": np.full(count, leg.problem), "run": np.full(count, leg.run)}
            yield count, {**labels, **settings_of_runs(block), **columns}


def settings_of_runs(block: Job) -> Columns:
    """Seed, number of the start and varied settings of each run of a block."""
    low, high = block["block"]
    seed, start, *along = np.unravel_index(np.arange(low, high), shape_of(block))
    found: Columns = {"seed": np.array(block["seeds"], dtype=np.int64)[seed], "start": start}
    for axis, index in zip(block["vary"], along, strict=True):
        found |= {name: values_along(name, values)[index] for name, values in axis.items()}
    return found


def write_csv(target: Path, names: Mapping[str, np.dtype[Any]], blocks: Iterator[tuple[int, Columns]]) -> int:
    """Comma-separated, floats to the last bit, a header; what is missing is empty."""
    rows = 0
    with open(target, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for count, columns in blocks:
            cells = [columns[name].tolist() if name in columns else [""] * count for name in names]
            writer.writerows(zip(*cells, strict=True))
            rows += count
    return rows


def write_parquet(
    target: Path, names: Mapping[str, np.dtype[Any]], blocks: Iterator[tuple[int, Columns]]
) -> int:
    """Parquet, a row group a block; what is missing is null."""
    arrow = import_package("pyarrow", "Parquet")
    parquet = import_package("pyarrow.parquet", "Parquet", "pyarrow")
    kinds = {name: arrow.string() if kind.kind == "U" else arrow.from_numpy_dtype(kind)
             for name, kind in names.items()}  # fmt: skip
    schema = arrow.schema(list(kinds.items()))
    rows = 0
    with parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        for count, columns in blocks:
            cells = [
                arrow.array(columns[name], kind) if name in columns else arrow.nulls(count, kind)
                for name, kind in kinds.items()
            ]
            writer.write_table(arrow.Table.from_arrays(cells, schema=schema))
            rows += count
    return rows


# The index: a suffix -> its writer.
Writer = Callable[[Path, Mapping[str, np.dtype[Any]], Iterator[tuple[int, Columns]]], int]
WRITERS: Mapping[str, Writer] = MappingProxyType({".csv": write_csv, ".parquet": write_parquet})
