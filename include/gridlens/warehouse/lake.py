"""The warehouse as the other rooms see it: open, compute a day, load it, ask what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date
from pathlib import Path

import duckdb

from gridlens.tables.checksum import checksum_sql
from gridlens.tables.identifiers import quoted
from gridlens.warehouse import connection, schema
from gridlens.warehouse.ledger import RAW_TABLES
from gridlens.warehouse.lock import writer_lock
from gridlens.warehouse.model import Model
from gridlens.warehouse.replacing import RawRows, Revision, replace_days, revise
from gridlens.warehouse.staging import Staged, stage
from gridlens.warehouse.staleness import ComputedDay
from gridlens.warehouse.transaction import insistently
from gridlens.window import Day

# The snapshot counts the writes, so it depends on the order of the loads; a version says no more of
# the data than that does.
_OF_THE_PROGRAM = ("snapshot", "gridlens_version")


class Lake:
    """The warehouse in one folder: many readers, one writer at a time."""

    def __init__(
        self,
        folder: Path,
        slices: Path,
        *,
        memory_limit: str = "1GB",
        threads: int = 2,
        lock_timeout_s: float = 300.0,
    ) -> None:
        self.place = connection.Place(folder.absolute(), slices.absolute(), memory_limit, threads)
        self._lock_timeout_s = lock_timeout_s

    def initialise(self, models: Iterable[Model]) -> list[str]:
        """Bring schemas, tables, views and macros to these models; what is right is left alone.

        Returns:
            Tables that were made anew, because they were missing or have other columns now.

        Raises:
            ModelError: a model does not bind or is not documented.
            WarehouseBusy: another process is writing.
        """
        (self.place.folder / "data").mkdir(parents=True, exist_ok=True)
        listed = list(models)
        with self.writer() as con:
            insistently(con, schema.prepare)
            insistently(con, schema.keep_ledger_in_catalog)
            return insistently(con, lambda con: schema.initialise(con, listed))

    def reader(self, snapshot: int | None = None) -> duckdb.DuckDBPyConnection:
        """A read-only connection of its own, with the lake in use; ``with`` closes it.

        Args:
            snapshot: state to read, tables and window marts as they were then; None: the present.

        Raises:
            NotFound: there is no warehouse yet, or it never had this state.
            WarehouseBusy: its catalog stayed locked.
        """
        return connection.connect(self.place, read_only=True, snapshot=snapshot)

    @contextmanager
    def step(self, models: Iterable[Model] = ()) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to compute with, without the lock, and then to ``replace`` by.

        Opening a lake of fifty tables takes as long as computing a small day, so that a step does
        it once.

        Args:
            models: the lake is brought to them first where it must be; none: it stays as it is.

        Raises:
            NotFound: there is no warehouse yet, and no models to make it of.
            ModelError, WarehouseBusy: as ``initialise``.
        """
        listed = list(models)
        with ExitStack() as opened:
            if not listed:
                connection.require(self.place)
            if self.place.catalog.exists():
                con = opened.enter_context(connection.connect(self.place, read_only=False))
                if not listed or schema.is_current(con, listed):
                    yield con
                    return
            opened.close()
            self.initialise(listed)
            yield opened.enter_context(connection.connect(self.place, read_only=False))

    def ledger(self) -> tuple[int, list[ComputedDay]]:
        """The lake's present state, and what every day of core and mart was computed from.

        Take it before reading what a day is computed from.
        """
        with self.reader() as con:
            return read_ledger(con)

    def snapshot(self) -> int:
        """The lake's present state."""
        return self.ledger()[0]

    def computed(self) -> list[ComputedDay]:
        """What every day of core and mart was computed from."""
        return self.ledger()[1]

    def stage(self, model: Model, day: Day, inputs: Mapping[str, str], folder: Path) -> Staged:
        """Compute a single day of a single model into a file; see `stage`. Needs no lock."""
        folder.mkdir(parents=True, exist_ok=True)
        with self.reader() as con:
            return stage(con, model, day, inputs, folder)

    def replace(
        self,
        staged: Sequence[Staged] = (),
        computed: Sequence[ComputedDay] = (),
        raw_rows: RawRows | None = None,
        by: duckdb.DuckDBPyConnection | None = None,
    ) -> list[ComputedDay]:
        """Replace days over all these tables in one transaction.

        Args:
            staged: computed days; each replaces its day of its table.
            computed: records of these and other days; where a day of theirs, or what it was made
                from on that day, has changed since their ``snapshot``, another attempt was
                quicker, and nothing at all is written.
            raw_rows: rows by table of raw. Every key (table and day; snapshot) named by any of
                them is replaced in all tables of this key given here, so that
                ``"quarantine": []`` empties it; ``task_runs`` are added. The views of raw follow
                ``slices``.
            by: connection of a ``step``; without it, one is opened.

        Returns:
            Records that were overtaken; empty when the load was done.

        Raises:
            WarehouseBusy: another process is writing, for longer than the timeout.
        """
        with self.writer(by) as con:
            return insistently(con, lambda con: replace_days(con, staged, computed, raw_rows or {}))

    def revise(
        self, name: str, change: Revision, by: duckdb.DuckDBPyConnection | None = None
    ) -> None:
        """Read a log of the raw schema and change rows of it, alone and in one transaction.

        Args:
            name: of the table, without the schema.
            change: is given all its rows, and gives rows to write, by the table's key, and rows to
                take out. It may be called again where another was quicker.
            by: the connection of a ``step``; None: one of its own.

        Raises:
            WarehouseBusy: another process is writing, for longer than the timeout.
        """
        with self.writer(by) as con:
            insistently(con, lambda con: revise(con, name, change))

    def shown_slices(self) -> set[str]:
        """The slices that the views of raw show, below the folder of the slices."""
        with self.reader() as con:
            query = "select file from raw.slices where file is not null"
            return {str(file) for (file,) in con.execute(query).fetchall()}

    @contextmanager
    def writer(
        self, by: duckdb.DuckDBPyConnection | None = None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """The only connection that may write, and the lock that says so; ``with`` gives both back.

        Args:
            by: connection of a ``step``, which stays open; without it, one is opened.

        Raises:
            WarehouseBusy: another process is writing, for longer than the timeout.
            WarehouseDamaged: the catalog is torn, or gone while its data are there.
        """
        with self.locked():
            if by is not None:
                by.execute("use lake")
                yield by
                return
            with connection.connect(self.place, read_only=False) as con:
                yield con

    def locked(self) -> AbstractContextManager[None]:
        """The writer's lock alone, for work on the files of the lake.

        Raises:
            WarehouseBusy: another process is writing, for longer than the timeout.
        """
        return writer_lock(self.place.folder, self._lock_timeout_s)

    def checksum(self, table: str, day: date | None = None) -> str:
        """Checksum of a table's rows, or of one day of them."""
        with self.reader() as con:
            return table_checksum(con, table, day)

    def table_checksums(self) -> dict[str, str]:
        """Checksum of every table that is a function of the data: all but times and hosts."""
        with self.reader() as con:
            rows = con.execute(
                "select schema_name || '.' || table_name from duckdb_tables() "
                "where database_name = 'lake' order by 1"
            ).fetchall()
            logs = {f"raw.{t.name}" for t in RAW_TABLES.values() if t.is_log}
            return {name: table_checksum(con, name) for (name,) in rows if name not in logs}


def read_ledger(con: duckdb.DuckDBPyConnection) -> tuple[int, list[ComputedDay]]:
    """The state that a reader reads, and what its days of core and mart were computed from."""
    # The state first: it may then look older than the ledger, which costs a computation
    # at most; looking newer would let an old result pass for a new one.
    row = con.execute("select id from lake.current_snapshot()").fetchone()
    records = con.execute(
        "select table_name, day, state, inputs, model_fingerprint, reading, rows, "
        "checksum, snapshot from raw.computed_days order by table_name, day"
    ).fetchall()
    computed = [
        ComputedDay(table, day, state, ComputedDay.parse_inputs(inputs), *rest)
        for table, day, state, inputs, *rest in records
    ]
    return (int(row[0]) if row else 0), computed


def table_checksum(con: duckdb.DuckDBPyConnection, table: str, day: date | None = None) -> str:
    """Checksum of a table's rows, or of one day of them; times and hosts of the ledger left out."""
    described = con.execute(f"describe {table}").fetchall()
    columns = [row[0] for row in described if row[0] not in _OF_THE_PROGRAM]
    where = "" if day is None else f" where {quoted(_day_column(con, table))} = date '{day}'"
    row = con.execute(f"select {checksum_sql(columns)} from {table}{where}").fetchone()
    return str(row[0]) if row else ""


def _day_column(con: duckdb.DuckDBPyConnection, table: str) -> str:
    asked = "select day_column from raw.models where name = ? and day_column is not null"
    row = con.execute(asked, [table]).fetchone()
    return str(row[0]) if row else "day"
