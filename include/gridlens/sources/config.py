"""``sources.toml``: where the documents of each table come from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from gridlens.errors import SettingsError, SourceUnavailable
from gridlens.sources.fieldmap import FieldMap, load_map
from gridlens.tables import TABLES, Table
from gridlens.window import Day

DAY = "{day}"
_KEYS = frozenset({"map", "path", "late_days"})
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

    def exported_days(self) -> Iterator[Day]:
        """Days that some file is named after, newest first; none for one path for all days."""
        every = self.pattern.replace(DAY, "[0-9]" * 4 + "-[0-9][0-9]" * 2)
        texts = {text for path in files_of(self.root, every) for text in _DATE.findall(str(path))}
        for text in sorted(texts, reverse=True) if self.is_by_day else []:
            day = _day_or_none(text)
            # A folder above the pattern may have a date in its name too.
            if day and self.paths(day):
                yield day


def require_export(table: Table, inputs: Sequence[FileInput], day: Day) -> None:
    """Hold that files which are not there mean a day without documents.

    A day without files is empty only if something newer has been exported (of a dump: anything
    at all); else it is too early, or a folder is not mounted, and nobody knows what the day held.

    Raises:
        SourceUnavailable: no input of the table has files of the day, nor newer ones.
    """
    for source in inputs:
        if any(source.paths(folder) for folder in source.folders(day)):
            return
        newest = next(source.exported_days(), None)
        if newest is not None and (table.cut == "dump" or newest > day):
            return
    patterns = " or ".join(source.pattern for source in inputs)
    raise SourceUnavailable(
        f"{table.name}: no export of {day} or later under {patterns}: "
        "not exported yet, or the folder is not mounted"
    )


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
    by_table: dict[str, tuple[FileInput, ...]]

    def why_unavailable(self, day: Day) -> str | None:
        """Why the source cannot have that day; None where it can."""
        if self.begins is not None and day < self.begins:
            return f"the source begins {self.begins}"
        if self.ends is not None and day > self.ends:
            return f"the source ends {self.ends}"
        return None

    def inputs(self, table: Table) -> tuple[FileInput, ...]:
        """Inputs of the table; none if the source does not have it."""
        return self.by_table.get(table.name, ())


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


def _inputs(path: Path, name: str, entries: Any, begins: Day | None) -> tuple[FileInput, ...]:
    if name not in TABLES:
        raise SettingsError(f"{path}: '{name}' is not a table; there are {', '.join(TABLES)}")
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise SettingsError(f"{path}: {name}: write it as [[{name}]] with map and path")
    where, table = f"{path}: [[{name}]]", TABLES[name]
    for entry in entries:
        _check(where, table, entry, begins)
    return tuple(
        FileInput(
            _map_of(where, table, entry["map"]),
            path.parent,
            entry["path"],
            entry.get("late_days", 0),
            begins,
        )
        for entry in entries
    )


def _check(where: str, table: Table, entry: dict[str, Any], begins: Day | None) -> None:
    if unknown := sorted(entry.keys() - _KEYS):
        raise SettingsError(f"{where}: unknown key '{unknown[0]}'; there are {sorted(_KEYS)}")
    if missing := sorted({"map", "path"} - entry.keys()):
        raise SettingsError(f"{where}: the key '{missing[0]}' is missing")
    for key in ("map", "path"):
        if not isinstance(entry[key], str):
            raise SettingsError(f"{where}: {key}: '{entry[key]}' is not a text")
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
