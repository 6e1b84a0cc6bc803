"""Taking a slice's measures, and holding them against their bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal, TypeAlias

import duckdb

from gridlens.quality.check import Counts, counts_sql, open_slice
from gridlens.quality.distance import jensen_shannon
from gridlens.quality.engine import engine
from gridlens.quality.profile import Profile
from gridlens.quality.rules import Contract, Measure
from gridlens.tables import TABLES
from gridlens.tables.identifiers import literal
from gridlens.window import Day

# So many earlier days are needed to compare a day with: of two, a median is their mean.
FEWEST_DAYS = 3
# Of fewer rows, distributions and shares differ by chance alone.
FEWEST_ROWS = 100

Value: TypeAlias = tuple[float | None, str]
_NONE = "nothing to measure"


@dataclass(frozen=True)
class Measured:
    """One measure of one slice.

    Attributes:
        table: the slice's table.
        day: the slice's day.
        measure: what was measured, and its bounds.
        value: the number; None where it could not be taken, which passes.
        note: what else there is to say; for None, why.
    """

    table: str
    day: Day
    measure: Measure
    value: float | None
    note: str = ""

    @property
    def status(self) -> Literal["pass", "warn", "fail"]:
        """``fail`` outside the bounds of failure, else ``warn`` outside those of warning."""
        if self.value is None:
            return "pass"
        if not self.measure.fail.hold(self.value):
            return "fail"
        return "pass" if self.measure.warn.hold(self.value) else "warn"

    @property
    def message(self) -> str:
        """The outcome in words."""
        note = f" ({self.note})" if self.note else ""
        if self.value is None:
            return f"not judged: {self.note}"
        if self.status == "pass":
            return f"{self.value:.4g}{note}"
        bounds = self.measure.fail if self.status == "fail" else self.measure.warn
        return f"{self.value:.4g}, and should be {bounds}{note}: {self.measure.because}"


@dataclass(frozen=True)
class Surroundings:
    """What a slice is compared with.

    Attributes:
        earlier: manifests of the earlier days of its table that were there.
        profiles: their profiles, in the same order.
        others: Parquet files by other table and by how many days they lie before; a table whose
            slice of the day is not there is left out.
    """

    earlier: Sequence[Counts] = ()
    profiles: Sequence[Profile] = ()
    others: Mapping[str, Mapping[int, Path]] | None = None


def measured(
    counts: Counts, path: Path | None, contract: Contract, own: Profile, around: Surroundings
) -> list[Measured]:
    """All measures of a slice, in the contract's order."""
    with engine() as con:
        con.execute(f"create temp table numbers as {counts_sql(counts)}")
        earlier = " union all ".join(map(counts_sql, around.earlier))
        con.execute(f"create temp table earlier as {earlier or 'from numbers limit 0'}")
        open_slice(con, counts, path, contract.table)
        values = [_value(con, measure, own, around) for measure in contract.measures]
    return [
        Measured(counts.table, counts.day, measure, value, note)
        for measure, (value, note) in zip(contract.measures, values, strict=True)
    ]


def _value(
    con: duckdb.DuckDBPyConnection, measure: Measure, own: Profile, around: Surroundings
) -> Value:
    if measure.over == "counts":
        return _asked(con, measure, "numbers")
    if measure.over == "rows":
        return _noted(own.values[measure.name])
    if measure.over == "others":
        return _of_others(con, measure, around.others or {})
    if len(around.earlier) < FEWEST_DAYS:
        there = len(around.earlier)
        return None, f"{there} of the days before are there, and {FEWEST_DAYS} are needed"
    if measure.over == "earlier":
        return _asked(con, measure, "numbers")
    if measure.over == "shares":
        return _distance(measure.name, own, around.profiles)
    return _null_shift(own, around.profiles)


def _asked(con: duckdb.DuckDBPyConnection, measure: Measure, relation: str) -> Value:
    found = con.execute(f"select cast({measure.value} as double) from {relation}").fetchone()
    return _noted(found[0] if found else None)


def _noted(value: float | None) -> Value:
    return value, _NONE if value is None else ""


def _of_others(
    con: duckdb.DuckDBPyConnection, measure: Measure, others: Mapping[str, Mapping[int, Path]]
) -> Value:
    for name, days in measure.reads.items():
        if name not in others:
            return None, f"the {name} of the day are not there"
        paths = [str(path) for back, path in others[name].items() if back <= days]
        rows = f"select * from read_parquet([{', '.join(map(literal, paths))}])"
        nothing = f"select {TABLES[name].typed_nulls} where false"
        con.execute(f"create or replace temp view {name} as {rows if paths else nothing}")
    return _asked(con, measure, "slice_rows")


def _distance(name: str, own: Profile, profiles: Sequence[Profile]) -> Value:
    before: Counter[str] = Counter()
    for profile in profiles:
        before.update(profile.shares[name])
    now = own.shares[name]
    if min(sum(now.values()), before.total()) < FEWEST_ROWS:
        return None, f"fewer than {FEWEST_ROWS} rows with a value, now or before"
    return jensen_shannon(now, before), ""


def _null_shift(own: Profile, profiles: Sequence[Profile]) -> Value:
    past = [profile for profile in profiles if profile.rows]
    if own.rows < FEWEST_ROWS or sum(profile.rows for profile in past) < FEWEST_ROWS:
        return None, f"fewer than {FEWEST_ROWS} rows, now or before"
    shifts = {
        column: (1 - given / own.rows, median(1 - p.given[column] / p.rows for p in past))
        for column, given in own.given.items()
    }
    column, (now, then) = max(shifts.items(), key=lambda item: abs(item[1][0] - item[1][1]))
    return abs(now - then), f"{column}: {then:.2%} NULL before, {now:.2%} now"
