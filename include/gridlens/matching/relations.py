"""What the SQL of matching reads, and how its column lists are written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Relations:
    """The three relations that the SQL reads, and what they have.

    Attributes:
        job_columns: columns of the jobs; without ``site``, ``computingsite`` is taken for it.
        file_columns: columns of the files; ``destinationdblock`` may be absent.
        transfer_columns: columns of the transfers; ``proddblock`` and ``pandaid`` may be absent.
        schema: put before the relations' names, with its dot.
        job_extra: columns of jobs that results carry along.
        transfer_extra: columns of transfers that results carry along.
        sited_transfers: a common table expression that stands for the transfers, if one does.
    """

    job_columns: Collection[str]
    file_columns: Collection[str]
    transfer_columns: Collection[str]
    schema: str = ""
    job_extra: tuple[str, ...] = ()
    transfer_extra: tuple[str, ...] = ()
    sited_transfers: str = ""

    @property
    def transfers(self) -> str:
        """Where the transfers are."""
        return self.sited_transfers or f"{self.schema}transfers"

    @property
    def extra(self) -> tuple[str, ...]:
        """Columns that results carry along, jobs' first."""
        return (*self.job_extra, *self.transfer_extra)


def indented(lines: Iterable[str]) -> str:
    """Columns of a SELECT, one a line."""
    return ",\n".join(f"    {line}" for line in lines)


def named_columns(columns: Mapping[str, str]) -> str:
    """The same from names and what stands behind them."""
    return indented([f"{sql} as {name}" for name, sql in columns.items()])
