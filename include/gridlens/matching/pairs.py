"""Which transfers each job is matched with, by every method, in one pass."""

from __future__ import annotations

from collections.abc import Collection

from gridlens.matching import criteria
from gridlens.matching.links import link_tables
from gridlens.matching.meeting import met_tables
from gridlens.matching.reading import Reading
from gridlens.matching.relations import Relations, indented
from gridlens.matching.values import quoted

FLAGS = ("exact", "rm1", "rm2", "direct", "started_before_creation")


def flags_sql(
    reading: Reading,
    *,
    job_columns: Collection[str],
    file_columns: Collection[str],
    transfer_columns: Collection[str],
) -> str:
    """One SELECT over `jobs`, `files` and `transfers`: a row a matched pair, sorted by its ids.

    Columns: pandaid, transfer_id, exact, rm1, rm2, direct, started_before_creation, owners (the
    number of jobs that claim the transfer by RM2). Flags are never NULL; at least one of the
    four methods holds.
    """
    relations = Relations(job_columns, file_columns, transfer_columns)
    flags = ", ".join(f"pairs.{name}" for name in FLAGS)
    return f"""{_claims(reading, relations)},
owners as (
  select transfer_id, count(*) as owners
  from pairs
  where rm2
  group by transfer_id
)
select pairs.pandaid, pairs.transfer_id, {flags}, coalesce(owners.owners, 0) as owners
from pairs
left join owners on pairs.transfer_id = owners.transfer_id
order by pairs.pandaid, pairs.transfer_id"""


def day_pairs_sql(reading: Reading, relations: Relations) -> str:
    """The same pairs with their days and the reading, unsorted.

    Owners are left out: one day does not know the jobs of the others.
    """
    columns = (*relations.job_extra, "pandaid", "transfer_id", *relations.transfer_extra, *FLAGS)
    stored = f"{quoted(reading.text())} as reading"
    return f"{_claims(reading, relations)}\nselect\n{indented([*columns, stored])}\nfrom pairs"


def direct_sql(relations: Relations) -> str:
    """Pairs whose transfer names the job itself; they need nothing but both rows."""
    extra = "".join(
        f", {name}"
        for name in (
            *(f"j.{name}" for name in relations.job_extra),
            *(f"t.{name}" for name in relations.transfer_extra),
        )
    )
    return (
        f"  select j.pandaid, t.transfer_id{extra},\n"
        "    coalesce(t.started_at < j.creationtime, false) as started_before_creation\n"
        f"  from {relations.schema}jobs as j\n"
        f"  join {relations.transfers} as t on t.pandaid = j.pandaid"
    )


def _claims(reading: Reading, relations: Relations) -> str:
    keys = ", ".join(("pandaid", "transfer_id", *relations.extra))
    methods = ", ".join(f"{sql} as {name}" for name, sql in criteria.methods(reading).items())
    claims = (
        f"  select {keys}, {methods}, false as direct, started_before_creation\n"
        "  from summed\n  where in_time"
    )
    if "pandaid" in relations.transfer_columns:
        claims += (
            f"\n  union all\n  select {keys}, false, false, false, true, started_before_creation\n"
            f"  from (\n{direct_sql(relations)}\n  ) as named_by_transfer"
        )
    flags = ",\n".join(f"    bool_or({name}) as {name}" for name in FLAGS)
    met = met_tables(reading, relations, same_size=not reading.relaxed_join_drops_size)
    return (
        f"{link_tables(reading, relations, met)},\n"
        f"claims as (\n{claims}\n),\n"
        f"pairs as (\n  select {keys},\n{flags}\n  from claims\n  where rm2 or direct\n"
        f"  group by {keys}\n)"
    )
