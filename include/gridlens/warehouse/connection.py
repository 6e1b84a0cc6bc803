"""How a program opens the lake: offline extensions, catalog, limits, and the same for the shell."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import duckdb

from gridlens.disk import is_full
from gridlens.errors import DiskFull, NotFound, SettingsError, WarehouseBusy
from gridlens.tables.identifiers import literal
from gridlens.warehouse.catalog import damaged

_EXTENSIONS = ("ducklake", "sqlite_scanner")
_BUSY = ("database is locked", "database is busy", "conflict")
# What DuckDB says of a Parquet file.
_TORN = ("Cannot open file", "No magic bytes", "too small to be a Parquet file", "No files found")
_DAMAGED = ("disk image is malformed", "is not a database")
# A task's wait for the catalog itself; writers wait for each other at the lock, not here.
_CATALOG_WAIT_MS = 10_000


@dataclass(frozen=True)
class Place:
    """Where a lake rests and what its queries may use.

    Attributes:
        folder: holds the catalog and the data.
        slices: folder of the slices that the raw views read.
        memory_limit: as DuckDB writes it.
        threads: most threads of a query.
    """

    folder: Path
    slices: Path
    memory_limit: str
    threads: int

    @property
    def catalog(self) -> Path:
        """The SQLite file that knows which data files make up which table."""
        return self.folder / "catalog.sqlite"


def connect(
    place: Place, *, read_only: bool, snapshot: int | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection of its own to the lake, attached as ``lake`` and in use.

    Args:
        place: where the lake is.
        read_only: write nothing.
        snapshot: state to read, tables and macros as they were then; None: the present one.

    Raises:
        NotFound: there is no lake yet, and it may only be read; or it never had this state.
        WarehouseBusy: the catalog stayed locked.
        WarehouseDamaged: it is torn, or gone while its data are there.
        DiskFull: a reader, too, needs some room.
    """
    require_catalog(place)
    if read_only:
        require(place)
    con = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            # The installer has checked the packages; checking them again costs 0.25 s a connection.
            "allow_unsigned_extensions": "true",
            "memory_limit": place.memory_limit,
            # Of its own: two engines that spill into one folder overwrite each other's blocks.
            "temp_directory": str(place.folder / f"spill.{uuid4().hex}"),
            "threads": place.threads,
            # The order of a table's rows means nothing; keeping it costs memory.
            "preserve_insertion_order": "false",
        },
    )
    try:
        for statement in _opening(place, read_only=read_only, snapshot=snapshot):
            patiently(con, statement)
    except BaseException as error:
        con.close()
        if snapshot is not None and isinstance(error, duckdb.InvalidInputException):
            raise NotFound(
                f"the warehouse in {place.folder} has no state {snapshot}: "
                "`gridlens sql 'from lake.snapshots()'` lists those that it has"
            ) from error
        if isinstance(error, duckdb.Error) and any(words in str(error) for words in _DAMAGED):
            raise damaged(place.catalog, str(error).splitlines()[0]) from error
        if is_full(error):
            raise DiskFull(
                f"{place.catalog} cannot be opened, since its disk has no room, not even for the "
                f"few KB that a reader needs: make some ({str(error).splitlines()[0]})"
            ) from error
        raise
    return con


def require(place: Place) -> None:
    """See that there is a lake.

    Raises:
        NotFound: there is none yet.
    """
    if not place.catalog.exists():
        raise NotFound(
            f"there is no warehouse in {place.folder} yet: load a day first, with "
            "'gridlens run-day DAY', or check GRIDLENS_HOME"
        )


def require_catalog(place: Place) -> None:
    """Refuse a lake whose catalog was lost: DuckLake would quietly begin a new one beside its data.

    Raises:
        WarehouseDamaged: the catalog is empty, or gone while its data are there.
    """
    if place.catalog.exists():
        if not place.catalog.stat().st_size:
            raise damaged(place.catalog, "it is empty")
    elif next((place.folder / "data").rglob("*.parquet"), None):
        raise damaged(place.catalog, "it is gone, and data of it are there")


def is_damage(error: duckdb.Error) -> bool:
    """Whether the error says that a file of the warehouse is missing or torn."""
    return any(words in str(error) for words in (*_DAMAGED, *_TORN))


def init_sql(place: Place) -> str:
    """The text of an init file for the duckdb shell: ``duckdb -init FILE``."""
    lines = ["-- Opens the gridlens warehouse read-only, without a network."]
    lines += [f"{statement};" for statement in _opening(place, read_only=True)]
    return "\n".join(lines) + "\n"


def patiently(con: duckdb.DuckDBPyConnection, statement: str, attempts: int = 5) -> None:
    """Run one statement; wait and try again while the catalog is locked.

    Raises:
        WarehouseBusy: it was locked each time.
    """
    for attempt in range(attempts):
        try:
            con.execute(statement)
        except duckdb.Error as error:
            if not is_busy(error):
                raise
            time.sleep(0.1 * 2**attempt)
        else:
            return
    raise WarehouseBusy(f"the catalog stayed locked over {attempts} attempts; try again later")


def is_busy(error: duckdb.Error) -> bool:
    """Whether the error says that another holds the catalog, or was quicker."""
    return any(word in str(error).lower() for word in _BUSY)


def _opening(place: Place, *, read_only: bool, snapshot: int | None = None) -> list[str]:
    options = [
        f"DATA_PATH {literal(str(place.folder / 'data'))}",
        # The catalog remembers the absolute path of the first day; a moved folder differs.
        "OVERRIDE_DATA_PATH true",
        # Small tables in the catalog would hide from other readers of the files (raw: see schema).
        "DATA_INLINING_ROW_LIMIT 0",
        # With a write-ahead log, readers and the writer do not wait for each other.
        "META_JOURNAL_MODE 'WAL'",
        f"META_BUSY_TIMEOUT {_CATALOG_WAIT_MS}",
        *(["READ_ONLY"] if read_only else []),
        *([f"SNAPSHOT_VERSION {snapshot}"] if snapshot is not None else []),
    ]
    return [
        *(f"LOAD {literal(str(_extension(name)))}" for name in _EXTENSIONS),
        # All that a query asks of the catalog it asks by one connection, so of one state. Otherwise
        # it may count the files of a table before another merges them, and look at them after.
        "SET GLOBAL sqlite_disable_multithreaded_scans = true",
        f"SET VARIABLE slices = {literal(f'{place.slices}/')}",
        f"ATTACH {literal(f'ducklake:sqlite:{place.catalog}')} AS lake ({', '.join(options)})",
        "USE lake",
    ]


def _extension(name: str) -> Path:
    spec = find_spec(f"duckdb_extension_{name}")
    if spec is None or spec.origin is None:
        raise SettingsError(
            f"the package duckdb-extension-{name.replace('_', '-')} is missing: "
            "install gridlens with its dependencies"
        )
    # An extension loads only into the version of DuckDB that it was built for.
    version = f"v{duckdb.__version__}"
    file = Path(spec.origin).parent / "extensions" / version / f"{name}.duckdb_extension"
    if not file.exists():
        raise SettingsError(f"{file} is missing: the extension's version must be {version}")
    return file
