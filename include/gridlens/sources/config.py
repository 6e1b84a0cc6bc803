"""``sources.toml``: where the documents of each table come from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeAlias

from gridlens.errors import SettingsError, SourceUnavailable
from gridlens.sources.fieldmap import FieldMap, load_map
from gridlens.sources.opensearch.cut import Cut
from gridlens.sources.opensearch.source import IndexInput
from gridlens.tables import TABLES, Table
from gridlens.window import Day

DAY = "{day}"
_KEYS = frozenset({"map", "path", "late_days"})
_INDEX_KEYS = frozenset({"map", "endpoint", "index", "time", "unit", "key", "changed", "ids"})
_NAME = re.compile(r"[a-z][a-z0-9_]*")
# It becomes a part of a path: nothing that would lead elsewhere.
_INDEX = re.compile(r"[a-z0-9*][a-z0-9*_.,:-]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class FileInput:
    """Exported files of one table in one shape.

    Attributes:
        map: how their fields are named.
        root: folder that the pattern starts from.
        pattern: glob; ``{day}`` stands for the day that a folder or file is named after.
        late_days: documents of day D may stand in the folders of D to D plus this many days.
        begins: first day of the source, if it says so.
    """

    map: FieldMap
    root: Path
    pattern: str
    late_days: int = 0
    begins: Day | None = None

    def facts(self) -> dict[str, object]:
        """What is asked of the files, for the manifest."""
        return {"map": self.map.name, "path": self.pattern, "late_days": self.late_days}

    @property
    def is_by_day(self) -> bool:
        """True if its paths say which day they belong to."""
        return DAY in self.pattern

    def folders(self, day: Day) -> list[Day | None]:
        """The days whose paths can hold documents of this day; None: one path for all days."""
        if not self.is_by_day:
            return [None]
        return [day.plus(n) for n in range(self.late_days + 1)]

    def paths(self, folder: Day | None) -> list[Path]:
        """The files there are, in order."""
        pattern = self.pattern if folder is None else self.pattern.replace(DAY, str(folder))
        return files_of(self.root, pattern)

    def has(self, day: Day) -> bool:
        """Whether there are files of the day itself, or files of all days."""
        return bool(self.paths(day if self.is_by_day else None))

    def exported_days(self) -> Iterator[Day]:
        """Days that some file is named after, newest first; none for one path for all days."""
        every = self.pattern.replace(DAY, "[0-9]" * 4 + "-[0-9][0-9]" * 2)
        texts = {text for path in files_of(self.root, every) for text in _DATE.findall(str(path))}
        for text in sorted(texts, reverse=True) if self.is_by_day else []:
            day = _day_or_none(text)
            # A folder above the pattern may have a date in its name too.
            if day and self.paths(day):
                yield day


Input: TypeAlias = FileInput | IndexInput


def require_export(table: Table, inputs: Sequence[FileInput], day: Day) -> None:
    """Hold that files which are not there mean a day without documents.

    A day without files is empty only if something newer has been exported (of a dump: anything
    at all); else it is too early, or a folder is not mounted, and nobody knows what the day held.

    Raises:
        SourceUnavailable: no input of the table has files of the day, nor newer ones.
    """
    if not inputs:
        return
    if any(is_exported(table, source, day) for source in inputs):
        return
    patterns = " or ".join(source.pattern for source in inputs)
    raise SourceUnavailable(
        f"{table.name}: no export of {day} or later under {patterns}: "
        "not exported yet, or the folder is not mounted"
    )


def is_exported(table: Table, source: FileInput, day: Day) -> bool:
    """Whether there are files of the day, or newer ones (of a dump: any at all)."""
    if any(source.paths(folder) for folder in source.folders(day)):
        return True
    newest = next(source.exported_days(), None)
    return newest is not None and (table.cut == "dump" or newest > day)


@dataclass(frozen=True)
class SourceConfig:
    """Where documents come from, table by table.

    Attributes:
        begins: first day of the source; days before it are unavailable, not empty.
        ends: last day of the source, where no more will come; days after it are unavailable.
        by_table: inputs of each table, by the table's name.
    """

    begins: Day | None
    ends: Day | None
    by_table: dict[str, tuple[Input, ...]]

    def why_unavailable(self, day: Day) -> str | None:
        """Why the source cannot have that day; None where it can."""
        if self.begins is not None and day < self.begins:
            return f"the source begins {self.begins}"
        if self.ends is not None and day > self.ends:
            return f"the source ends {self.ends}"
        return None

    def inputs(self, table: Table) -> tuple[Input, ...]:
        """Inputs of the table; none if the source does not have it."""
        return self.by_table.get(table.name, ())

    @property
    def indices(self) -> dict[str, list[IndexInput]]:
        """Inputs that are indices, by the table's name; a table without any is left out."""
        found = {
            name: [i for i in inputs if isinstance(i, IndexInput)]
            for name, inputs in self.by_table.items()
        }
        return {name: inputs for name, inputs in found.items() if inputs}

    @property
    def endpoints(self) -> list[str]:
        """Names of all endpoints, in order."""
        return sorted({i.endpoint for inputs in self.indices.values() for i in inputs})


def files_of(root: Path, pattern: str) -> list[Path]:
    """Files that a glob names; a folder stands for its part files."""
    target = Path(pattern)
    if target.is_absolute():
        root, pattern = Path(target.anchor), str(target.relative_to(target.anchor))
    return [part for path in sorted(root.glob(pattern)) for part in parts_of(path)]


def parts_of(path: Path) -> list[Path]:
    """The file itself, or the part files of a folder."""
    return sorted(p for p in path.rglob("*") if _is_part(p)) if path.is_dir() else [path]


def _is_part(path: Path) -> bool:
    # Hadoop leaves _SUCCESS and .crc files beside its parts.
    return path.is_file() and not path.name.startswith(("_", "."))


def load_config(path: Path) -> SourceConfig:
    """Read ``sources.toml``; its paths are relative to its own folder.

    Raises:
        SettingsError: the file is missing, or names an unknown table, map or key.
    """
    try:
        text = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"{path} is missing: it says where each table's documents come from"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from None
    begins, ends = (_day(path, key, text.pop(key, None)) for key in ("begins", "ends"))
    return SourceConfig(
        begins=begins,
        ends=ends,
        by_table={name: _inputs(path, name, entries, begins) for name, entries in text.items()},
    )


def _day(path: Path, key: str, value: object) -> Day | None:
    if value is None:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return Day(value)
    if isinstance(value, str):
        return Day.parse(value)
    raise SettingsError(f"{path}: {key}: '{value}' is not a day: write it as YYYY-MM-DD")


def _day_or_none(text: str) -> Day | None:
    try:
        return Day.parse(text)
    except SettingsError:
        return None


def _inputs(path: Path, name: str, entries: Any, begins: Day | None) -> tuple[Input, ...]:
    if name not in TABLES:
        raise SettingsError(f"{path}: '{name}' is not a table; there are {', '.join(TABLES)}")
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise SettingsError(f"{path}: {name}: write it as [[{name}]] with map and path")
    where, table = f"{path}: [[{name}]]", TABLES[name]
    return tuple(
        _index(where, table, entry, begins)
        if "endpoint" in entry or "index" in entry
        else _files(path.parent, where, table, entry, begins)
        for entry in entries
    )


def _files(
    root: Path, where: str, table: Table, entry: dict[str, Any], begins: Day | None
) -> FileInput:
    _check(where, table, entry, begins)
    field_map = _map_of(where, table, entry["map"])
    return FileInput(field_map, root, entry["path"], entry.get("late_days", 0), begins)


def _index(where: str, table: Table, entry: dict[str, Any], begins: Day | None) -> IndexInput:
    _check_keys(where, entry, _INDEX_KEYS, ("map", "endpoint", "index"))
    if not _NAME.fullmatch(entry["endpoint"]):
        raise SettingsError(f"{where}: endpoint: '{entry['endpoint']}' is not a name like a_b_1")
    if not _INDEX.fullmatch(entry["index"]):
        raise SettingsError(f"{where}: index: '{entry['index']}' is not the name of an index")
    field_map = _map_of(where, table, entry["map"])
    given = {k: v for k, v in entry.items() if k not in ("map", "endpoint", "index")}
    cut = Cut.of(where, {**field_map.index, **given})
    return IndexInput(field_map, entry["endpoint"], entry["index"], cut, begins)


def _check_keys(
    where: str, entry: dict[str, Any], known: frozenset[str], needed: tuple[str, ...]
) -> None:
    if unknown := sorted(entry.keys() - known):
        raise SettingsError(f"{where}: unknown key '{unknown[0]}'; there are {sorted(known)}")
    if missing := sorted(set(needed) - entry.keys()):
        raise SettingsError(f"{where}: the key '{missing[0]}' is missing")
    for key in needed:
        if not isinstance(entry[key], str):
            raise SettingsError(f"{where}: {key}: '{entry[key]}' is not a text")


def _check(where: str, table: Table, entry: dict[str, Any], begins: Day | None) -> None:
    _check_keys(where, entry, _KEYS, ("map", "path"))
    late = entry.get("late_days", 0)
    if not isinstance(late, int) or isinstance(late, bool) or late < 0:
        raise SettingsError(f"{where}: late_days: '{late}' is not a number of days from 0")
    if late and DAY not in entry["path"]:
        raise SettingsError(f"{where}: late_days needs {DAY} in path")
    if table.cut == "job" and DAY not in entry["path"] and begins is None:
        raise SettingsError(
            f"{where}: without {DAY} in path, `begins` is needed: rows that name no job are kept "
            "in the slice of that day"
        )


def _map_of(where: str, table: Table, name: str) -> FieldMap:
    try:
        field_map = load_map(name)
    except SettingsError as error:
        raise SettingsError(f"{where}: map: {error}") from None
    if table.name not in field_map.tables:
        raise SettingsError(f"{where}: the map '{field_map.name}' does not make {table.name}")
    return field_map
