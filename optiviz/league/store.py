"""Store of results: SQLite in WAL mode, keyed by the hash of a job and its block; one transaction a block.

    meta      key, value: what kind of file this is
    sweep     id, title, text, legs: each sweep that was begun, with the jobs it is made of
    leg       hash, problem, run, job: all runs of one rule on one problem, as JSON
    block     leg, low, high, state (done, failed), reason, seconds, processor, versions, sha256
    result    leg, low, name, dtype, data: a column of a block, as little-endian bytes

What is done is found by what it was made from: a sweep that is changed and begun anew works out what is new.
Only the process that leads a sweep writes, so that the file may be read meanwhile, and copied when it ended.
"""

import errno
import hashlib
import json
import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optiviz._lib.errors import BadInput
from optiviz._lib.machine import NUMERIC, version_of
from optiviz.analysis.outcomes import Columns
from optiviz.league.executors import Answer, Failure
from optiviz.league.jobs import Job, canonical, hash_of

KIND = "optiviz sweep 1"
PATIENCE = 10.0  # seconds to wait for another program that writes
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS sweep (id INTEGER PRIMARY KEY, title TEXT, text TEXT, legs TEXT);
CREATE TABLE IF NOT EXISTS leg (hash TEXT PRIMARY KEY, problem TEXT, run TEXT, job TEXT);
CREATE TABLE IF NOT EXISTS block (leg TEXT, low INTEGER, high INTEGER, state TEXT, reason TEXT, seconds REAL,
    processor TEXT, versions TEXT, sha256 TEXT, PRIMARY KEY (leg, low, high));
CREATE TABLE IF NOT EXISTS result (leg TEXT, low INTEGER, high INTEGER, name TEXT, dtype TEXT, data BLOB,
    PRIMARY KEY (leg, low, high, name));
"""


@dataclass(frozen=True)
class Leg:
    """All runs of one rule on one problem, by their labels."""

    problem: str
    run: str
    job: Job

    @property
    def hash(self) -> str:
        """The key of its results, whatever blocks they come in."""
        return leg_key(self.job)


def leg_key(job: Job) -> str:
    """The hash of a job without its block."""
    return hash_of({name: value for name, value in job.items() if name != "block"})


@dataclass(frozen=True)
class Store:
    """A file of results that is open; made by `open_store`."""

    path: Path
    connection: sqlite3.Connection

    def begin(self, title: str, text: str, legs: Sequence[Leg]) -> None:
        """Note a sweep: its file, and what it is made of; one that is there moves to the end."""
        named = canonical([[leg.problem, leg.run, leg.hash] for leg in legs])
        with self.transaction() as file:
            file.execute("DELETE FROM sweep WHERE text = ? AND legs = ?", (text, named))
            file.execute("INSERT INTO sweep (title, text, legs) VALUES (?, ?, ?)", (title, text, named))
            for leg in legs:
                row = (leg.hash, leg.problem, leg.run, canonical(leg.job))
                file.execute("INSERT OR IGNORE INTO leg VALUES (?, ?, ?, ?)", row)

    def legs(self) -> list[Leg]:
        """What the sweep that was begun last is made of, in the order of its file."""
        with self.faults():
            row = self.connection.execute("SELECT legs FROM sweep ORDER BY id DESC LIMIT 1").fetchone()
            if row is None:
                return []
            find = "SELECT job FROM leg WHERE hash = ?"
            return [
                Leg(problem, run, json.loads(self.connection.execute(find, (key,)).fetchone()[0]))
                for problem, run, key in json.loads(row[0])
            ]

    def done(self, job: Job) -> set[tuple[int, int]]:
        """The blocks (low, high) of a job that are done."""
        with self.faults():
            find = "SELECT low, high FROM block WHERE leg = ? AND state = 'done'"
            return {(low, high) for low, high in self.connection.execute(find, (leg_key(job),))}

    def failures(self, job: Job) -> dict[tuple[int, int], str]:
        """Why blocks (low, high) of a job have failed."""
        with self.faults():
            find = "SELECT low, high, reason FROM block WHERE leg = ? AND state = 'failed' ORDER BY low"
            return {(low, high): why for low, high, why in self.connection.execute(find, (leg_key(job),))}

    def seconds(self, job: Job) -> float:
        """Seconds that the blocks of a job took which are done."""
        with self.faults():
            find = "SELECT SUM(seconds) FROM block WHERE leg = ? AND state = 'done'"
            return float(self.connection.execute(find, (leg_key(job),)).fetchone()[0] or 0.0)

    def write(self, job: Job, answer: Answer) -> None:
        """What came of a block: all of it, or nothing."""
        low, high = job["block"]
        where = (leg_key(job), low, high)
        with self.transaction() as file:
            if isinstance(answer, Failure):
                end = ("failed", answer.reason, None, None, versions(), None)
                file.execute("INSERT OR REPLACE INTO block VALUES (?,?,?,?,?,?,?,?,?)", (*where, *end))
                return
            blobs = {name: plain_bytes(values) for name, values in answer.columns.items()}
            digest = hashlib.sha256(b"".join(data for _, data in blobs.values())).hexdigest()
            row = (*where, "done", "", answer.seconds, answer.processor, versions(), digest)
            file.execute("INSERT OR REPLACE INTO block VALUES (?,?,?,?,?,?,?,?,?)", row)
            for name, (kind, data) in blobs.items():
                file.execute("INSERT OR REPLACE INTO result VALUES (?,?,?,?,?,?)", (*where, name, kind, data))

    def read(self, job: Job) -> Columns | None:
        """The columns of a block, or None where it is not done."""
        where = (leg_key(job), *job["block"])
        with self.faults():
            find = "SELECT sha256 FROM block WHERE leg = ? AND low = ? AND high = ? AND state = 'done'"
            row = self.connection.execute(find, where).fetchone()
            if row is None:
                return None
            find = (
                "SELECT name, dtype, data FROM result WHERE leg = ? AND low = ? AND high = ? ORDER BY rowid"
            )
            rows = self.connection.execute(find, where).fetchall()
        if hashlib.sha256(b"".join(data for *_, data in rows)).hexdigest() != row[0]:
            raise BadInput(
                f"{self.path}: runs {where[1]:,} to {where[2]:,} of a rule were changed or damaged"
            )
        return {name: np.frombuffer(data, kind) for name, kind, data in rows}

    def results(self, job: Job) -> Generator[tuple[Job, Columns]]:
        """The blocks of a job that are done, with their columns, in order."""
        for low, high in sorted(self.done(job)):
            block = {**job, "block": [low, high]}
            columns = self.read(block)
            if columns is not None:
                yield block, columns

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that is written in it, or nothing."""
        with self.faults():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def faults(self) -> Iterator[None]:
        """What SQLite trips over, in a sentence."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise sentence_of(error, self.path) from None


@contextmanager
def open_store(path: str | Path, *, new: bool = True) -> Iterator[Store]:
    """The store in a file, which is made where there is none.

    Parameters
    ----------
    path : path
    new : bool, default True
        Whether it may be made.

    Raises
    ------
    BadInput
        When it is no store, is in use by another program, or cannot be open_store.
    OSError
        When the disk is full.
    """
    path = Path(path)
    if path.is_dir():
        raise BadInput(f"{path}: is a folder; name a file in it, such as results.db")
    if not path.exists() and not new:
        raise BadInput(f"{path}: no such file")
    if not path.parent.is_dir():
        raise BadInput(f"{path}: there is no folder {path.parent}")
    connection = None
    try:
        connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if tables and "meta" not in tables:
            raise BadInput(f"{path}: is a database of something else; name another file")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if not tables:
            connection.executescript(SCHEMA)
            connection.execute("INSERT OR IGNORE INTO meta VALUES ('kind', ?)", (KIND,))
        kind = connection.execute("SELECT value FROM meta WHERE key = 'kind'").fetchone()
        if kind != (KIND,):
            raise BadInput(f"{path}: is no store of this version of optiviz; name another file")
    except sqlite3.DatabaseError as error:
        if connection is not None:
            connection.close()
        raise sentence_of(error, path) from None
    except BaseException:
        if connection is not None:
            connection.close()
        raise
    try:
        yield Store(path, connection)
    finally:
        connection.close()


def sentence_of(error: sqlite3.DatabaseError, path: Path) -> Exception:
    """What SQLite says, as one of our errors."""
    said = str(error)
    if "locked" in said or "busy" in said:
        return BadInput(f"{path}: another program is writing to it; wait for it, or name another file")
    if "full" in said:
        kept = "the disk is full; what was done is kept, go on with --resume once there is room"
        return OSError(errno.ENOSPC, kept, str(path))
    if "not a database" in said or "malformed" in said:
        return BadInput(f"{path}: is no store of results, or damaged; name another file")
    if "readonly" in said or "unable to open" in said:
        return BadInput(f"{path}: cannot be written: no permission, or not on this file system")
    return OSError(errno.EIO, f"{said}; what was done is kept, go on with --resume", str(path))


def plain_bytes(values: NDArray[Any]) -> tuple[str, bytes]:
    """The type and the bytes of a column, little-endian."""
    kind = values.dtype.newbyteorder("<")
    return kind.str, np.ascontiguousarray(values, dtype=kind).tobytes()


@cache
def versions() -> str:
    """What the last bits depend on, beside the processor."""
    return ", ".join(f"{name} {version_of(name)}" for name in NUMERIC)
