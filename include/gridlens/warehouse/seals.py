"""The sha256 of each data file, in the form that ``sha256sum --check`` reads.

DuckLake writes a data file once and keeps its size, but no hash. A file is sealed when upkeep
first sees it, at the latest a day after it was written: by then its size and its number of rows
must be those that the catalog names.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gridlens.disk import publish, sha256_of
from gridlens.warehouse.catalog import LakeFile

NAME = "SHA256SUMS"


def seals(folder: Path) -> dict[str, str]:
    """The sha256 by path below the folder of the data; none where nothing was sealed yet."""
    path = folder / NAME
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    pairs = (line.split("  data/", 1) for line in lines if "  data/" in line)
    return {name: digest for digest, name in pairs}


def seal_files(folder: Path, files: Iterable[LakeFile], also: Iterable[str] = ()) -> int:
    """Seal the files that have no seal yet and are as the catalog says; forget those of no file.

    Args:
        folder: of the lake.
        files: all that the catalog names.
        also: further paths whose seals stay: files of backups.

    Returns:
        How many were sealed.
    """
    known = seals(folder)
    named = {file.path: file for file in files}
    kept = {path: digest for path, digest in known.items() if path in named or path in {*also}}
    fresh = {
        path: sha256_of(folder / "data" / path)
        for path, file in named.items()
        if path not in kept and why_wrong(folder, file) is None
    }
    if fresh or kept != known:
        lines = [f"{digest}  data/{path}\n" for path, digest in sorted({**kept, **fresh}.items())]
        draft = folder / f".{NAME}"
        draft.write_text("".join(lines), encoding="utf-8")
        publish(draft, folder / NAME)
    return len(fresh)


def why_wrong(folder: Path, file: LakeFile, sealed: str | None = None) -> str | None:
    """What is wrong with a file, in words; None if it is as the catalog and its seal say."""
    path = folder / "data" / file.path
    if not path.exists():
        return "is missing"
    size = path.stat().st_size
    if size != file.bytes:
        return f"has {size:,} bytes, but {file.bytes:,} were written"
    if sealed is not None:
        return None if sha256_of(path) == sealed else "is not what was written (sha256 differs)"
    try:
        rows = pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError) as error:
        return f"cannot be read: {str(error).splitlines()[0]}"
    if file.rows is not None and rows != file.rows:
        return f"has {rows:,} rows, but {file.rows:,} were written"
    return None
