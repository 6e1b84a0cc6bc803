"""Where transfers and files come together, in SQL.

Nearly all rows meet nothing, and their names are long. So a first pass reads the sizes of the
transfers whose task the jobs have, a second takes the files of these sizes, a third the transfers
of the sizes of those files; only what is left is joined, by all that must agree. Where sizes are
not compared, tasks and file names take their place.
"""

from __future__ import annotations

from gridlens.matching.reading import Reading
from gridlens.matching.relations import Relations, indented
from gridlens.matching.values import direction

_TEXT = "cast(null as varchar)"
# Key of a file, the same of a transfer as it is stored, and as `transfer_rows` names it.
_TASK = ("jeditaskid", "jeditaskid", "transfer_task")
_SIZE = ("fsize", "bytes", "transfer_bytes")
_NAME = ("lfn", "lfn", "transfer_lfn")


def met_tables(reading: Reading, relations: Relations, *, same_size: bool) -> dict[str, str]:
    """Tables that end in `met`: file rows and transfers that agree in name, task and size.

    Args:
        reading: whether the task is compared.
        relations: what is read.
        same_size: whether the size is compared.
    """
    numbers = [*([_TASK] if reading.require_task else []), *([_SIZE] if same_size else [])]
    # Sizes alone tell nearly all files apart, and one key is quicker to look up than two.
    pruned_by = [_SIZE] if same_size else [*numbers, _NAME]
    meets = " and ".join(f"f.{file} = t.{transfer}" for file, _, transfer in (*numbers, _NAME))
    return {
        "wanted_keys": _wanted_keys(reading, relations, pruned_by),
        "met_files": _met_files(relations, pruned_by),
        "met_transfers": _met_transfers(relations, pruned_by),
        "met": (
            f"  select\n{met_columns(relations)}\n"
            f"  from met_files as f\n  join met_transfers as t on {meets}"
        ),
    }


_Keys = list[tuple[str, str, str]]


def _wanted_keys(reading: Reading, relations: Relations, keys: _Keys) -> str:
    columns = [f"{stored} as {name}" for _, stored, name in keys]
    wanted = ["bytes <> 0"] if _SIZE in keys else []
    if reading.require_task:
        jobs = f"{relations.schema}jobs"
        wanted.append(f"jeditaskid in (select jeditaskid from {jobs} where jeditaskid > 0)")
    where = f"\n  where {' and '.join(wanted)}" if wanted else ""
    return f"  select\n{indented(columns)}\n  from {relations.transfers}{where}"


def _met_files(relations: Relations, keys: _Keys) -> str:
    same = " and ".join(f"f.{file} = k.{name}" for file, _, name in keys)
    return (
        f"  select f.*\n  from {relations.schema}files as f\n  semi join wanted_keys as k on {same}"
    )


def _met_transfers(relations: Relations, keys: _Keys) -> str:
    # Compared as stored, so that the scan itself can leave rows out.
    same = " and ".join(f"t.{transfer} = f.{file}" for file, transfer, _ in keys)
    files = "met_files" if _SIZE not in keys else "(select fsize from met_files where fsize <> 0)"
    return f"{transfer_rows(relations)} as t\n  semi join {files} as f on {same}"


def met_columns(
    relations: Relations, pandaid: str = "f.pandaid", task: str = "f.jeditaskid"
) -> str:
    """What `met` takes from a transfer `t`, a file `f`, and the job's ids from where they stand."""
    destination = "f.destinationdblock" if "destinationdblock" in relations.file_columns else _TEXT
    lines = [
        f"{pandaid} as pandaid",
        f"{task} as job_task",
        "f.lfn as file_lfn",
        "f.type as file_type",
        "f.scope as file_scope",
        "f.dataset_name as file_dataset",
        "f.proddblock as file_input_block",
        f"{destination} as file_output_block",
        "f.fsize as file_bytes",
        "t.transfer_id",
        "t.transfer_task",
        "t.transfer_lfn",
        "t.transfer_scope",
        "t.transfer_dataset",
        "t.transfer_block",
        "t.transfer_bytes",
        "t.direction",
        "t.transfer_site",
        "t.started_at",
        "t.transfer_pandaid",
        *(f"t.{name}" for name in relations.transfer_extra),
    ]
    return indented(lines)


def transfer_rows(relations: Relations) -> str:
    """Transfers with what matching compares, under the names that it uses."""
    way = direction("activity")
    site = f"case {way} when 'download' then dst_site when 'upload' then src_site end"
    block = "proddblock" if "proddblock" in relations.transfer_columns else _TEXT
    pandaid = "pandaid" if "pandaid" in relations.transfer_columns else "cast(null as bigint)"
    lines = [
        "transfer_id",
        "case when jeditaskid > 0 then jeditaskid end as transfer_task",
        "lfn as transfer_lfn",
        "scope as transfer_scope",
        "dataset_name as transfer_dataset",
        f"{block} as transfer_block",
        "nullif(bytes, 0) as transfer_bytes",
        f"{way} as direction",
        f"{site} as transfer_site",
        "started_at",
        f"{pandaid} as transfer_pandaid",
        *relations.transfer_extra,
    ]
    return f"  select\n{indented(lines)}\n  from {relations.transfers}"
