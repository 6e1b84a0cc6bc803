"""What a table's definition says: columns with type, unit and meaning, key, and how it is cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gridlens.tables.identifiers import quoted

Type = Literal["BIGINT", "DOUBLE", "VARCHAR", "TIMESTAMP", "BOOLEAN", "DATE", "VARCHAR[]"]
Personal = Literal["no", "hashed", "declared"]
Cut = Literal["time", "job", "dump"]


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    Attributes:
        name: the canonical name.
        type: SQL type; every TIMESTAMP is naive UTC.
        meaning: one sentence, shown in the dictionary and as the column's comment.
        unit: ``s``, ``bytes``, ``kB``, … or empty.
        missing: numbers that mean "not recorded" and become NULL.
        minimum: least value that can be true; anything lower is malformed.
        personal: ``hashed`` at the door, or ``declared`` (kept because the join needs it).
        keeps_raw: the text as received stands beside it in ``<name>_raw``.
    """

    name: str
    type: Type
    meaning: str
    unit: str = ""
    missing: tuple[float, ...] = ()
    minimum: float | None = None
    personal: Personal = "no"
    keeps_raw: bool = False


@dataclass(frozen=True)
class Table:
    """One canonical table, as it rests in the slices.

    Attributes:
        name: plural noun; also the folder of its slices.
        meaning: what it holds.
        grain: what one row is.
        key: columns that tell rows apart, NULLs alike; the first is never NULL.
        version: of two rows with one key, the one where this column is newest stays.
        cut: ``time``: a row belongs to the UTC day of its first given ``day_from`` column;
            ``job``: to the day of its job; ``dump``: to the day of the dump it stands in.
        day_from: times that do not move once written, first given one wins.
        day_column: name of the day in the warehouse.
        moves: a row can change its day as its document grows, so that days are compared.
        optional: a dump that is no part of the grid's map: a day without one is whole.
        columns: in order, ``quality_flags`` excluded (every slice has it, last).
    """

    name: str
    meaning: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    day_column: str
    cut: Cut = "time"
    day_from: tuple[str, ...] = ()
    version: str | None = None
    moves: bool = False
    optional: bool = False

    @property
    def is_map(self) -> bool:
        """Whether it is a part of the grid's map, of which every day has one."""
        return self.cut == "dump" and not self.optional

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        return next(c for c in self.columns if c.name == name)

    @property
    def slice_columns(self) -> tuple[Column, ...]:
        """Columns of the table's slices: canonical, raw twins and the flags."""
        out: list[Column] = []
        for c in self.columns:
            out.append(c)
            if c.keeps_raw:
                out.append(Column(f"{c.name}_raw", "VARCHAR", f"`{c.name}` as received."))
        return (*out, QUALITY_FLAGS)

    @property
    def typed_nulls(self) -> str:
        """Select list of the slice's columns, each NULL: the shape of a slice without rows."""
        return ", ".join(f"cast(null as {c.type}) as {quoted(c.name)}" for c in self.slice_columns)


QUALITY_FLAGS = Column(
    "quality_flags", "VARCHAR[]", "Names of the row rules that this row trips; see docs/quality.md."
)


def text(name: str, meaning: str, personal: Personal = "no", *, keeps_raw: bool = False) -> Column:
    """A text column."""
    return Column(name, "VARCHAR", meaning, personal=personal, keeps_raw=keeps_raw)


def time(name: str, meaning: str) -> Column:
    """A UTC time; 1970-01-01 means "not recorded"."""
    return Column(name, "TIMESTAMP", meaning, "UTC")


def number(name: str, meaning: str, unit: str = "", missing: tuple[float, ...] = ()) -> Column:
    """A whole number that may be negative."""
    return Column(name, "BIGINT", meaning, unit, missing)


def count(name: str, meaning: str, unit: str = "", missing: tuple[float, ...] = (-1,)) -> Column:
    """A whole number from zero; -1 means "not recorded"."""
    return Column(name, "BIGINT", meaning, unit, missing, minimum=0)


def size(name: str, meaning: str) -> Column:
    """Bytes; 0 and -1 mean "not recorded"."""
    return count(name, meaning, "bytes", (0, -1))


def identifier(name: str, meaning: str) -> Column:
    """A positive id; 0 and -1 mean "not recorded"."""
    return count(name, meaning, "", (0, -1))
