"""What a slice's rows say by themselves: exact counts of all of them, taken in one pass."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gridlens.quality.check import Counts, open_slice
from gridlens.quality.engine import engine
from gridlens.quality.rules import Contract
from gridlens.tables.identifiers import quoted


@dataclass(frozen=True)
class Profile:
    """One slice in numbers; small whatever the slice's size.

    Attributes:
        rows: of the slice.
        given: rows that have a value, by column.
        values: the measures over rows, by name; None: there was no row to measure.
        shares: for each measure over shares, rows by kind; rows without a kind are left out.
    """

    rows: int
    given: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, float | None] = field(default_factory=dict)
    shares: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def as_json(self, fingerprint: str) -> str:
        """The profile as text that says what it was made from."""
        return json.dumps({"fingerprint": fingerprint, **asdict(self)}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, fingerprint: str) -> Profile | None:
        """Read what ``as_json`` wrote; None where it was made from something else, or is torn."""
        try:
            found = json.loads(text)
            if found.pop("fingerprint") != fingerprint:
                return None
            return cls(**found)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


def profile_sql(contract: Contract) -> str:
    """The one SELECT over ``slice_rows`` that a profile is made with."""
    columns = [c.name for c in contract.table.columns]
    given = ", ".join(f"count({quoted(name)})" for name in columns)
    values = [f"cast({m.value} as double)" for m in contract.measures_over("rows")]
    shares = [f"histogram(cast({m.value} as varchar))" for m in contract.measures_over("shares")]
    lists = (f"[{given}]", f"[{', '.join(values)}]::double[]", *shares)
    return f"select count(*), {', '.join(lists)} from slice_rows"


def profile_fingerprint(fingerprint: str, contract: Contract) -> str:
    """Changes when a slice's content does, or what is asked of it."""
    text = f"{fingerprint} {profile_sql(contract)}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def profile(counts: Counts, path: Path | None, contract: Contract) -> Profile:
    """Count a slice's rows, in bounded memory.

    Args:
        counts: the slice's manifest.
        path: the slice's Parquet file; None: the day is empty.
        contract: the contract of the slice's table.
    """
    with engine() as con:
        open_slice(con, counts, path, contract.table)
        found = con.execute(profile_sql(contract)).fetchone() or ()
    rows, given, values, *shares = found
    names = [m.name for m in contract.measures_over("rows")]
    kinds = [m.name for m in contract.measures_over("shares")]
    return Profile(
        rows,
        dict(zip((c.name for c in contract.table.columns), given, strict=True)),
        dict(zip(names, values, strict=True)),
        {name: counted or {} for name, counted in zip(kinds, shares, strict=True)},
    )
