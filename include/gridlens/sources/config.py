"""``sources.toml``: where the documents of each table come from."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from gridlens.errors import SettingsError
from gridlens.sources.fieldmap import FieldMap, load_map
from gridlens.tables import TABLES, Table
from gridlens.window import Day

DAY = "{day}"
_KEYS = frozenset({"map", "path", "late_days"})


@dataclass(frozen=True)
class FileInput:
    """Exported files of one table in one shape.

    Attributes:
        map: how their fields are named.
        root: folder that the pattern starts from.
        pattern: glob; ``{day}`` stands for the day that a folder or file is named after.
        late_days: documents of day D may stand in the folders of D to D plus this many days.
    """

    map: FieldMap
    root: Path
    pattern: str
    late_days: int = 0

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


@dataclass(frozen=True)
class SourceConfig:
    """Where documents come from, table by table.

    Attributes:
        begins: first day of the source; days before it are unavailable, not empty.
        by_table: inputs of each table, by the table's name.
    """

    begins: Day | None
    by_table: dict[str, tuple[FileInput, ...]]

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
    begins = text.pop("begins", None)
    return SourceConfig(
        begins=None if begins is None else _day(path, begins),
        by_table={name: _inputs(path, name, entries) for name, entries in text.items()},
    )


def _day(path: Path, value: object) -> Day:
    if isinstance(value, date):
        return Day(value)
    if isinstance(value, str):
        return Day.parse(value)
    raise SettingsError(f"{path}: begins: '{value}' is not a day: write it as YYYY-MM-DD")


def _inputs(path: Path, name: str, entries: Any) -> tuple[FileInput, ...]:
    if name not in TABLES:
        raise SettingsError(f"{path}: '{name}' is not a table; there are {', '.join(TABLES)}")
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise SettingsError(f"{path}: {name}: write it as [[{name}]] with map and path")
    return tuple(_input(f"{path}: [[{name}]]", path.parent, TABLES[name], e) for e in entries)


def _input(where: str, root: Path, table: Table, entry: dict[str, Any]) -> FileInput:
    if unknown := sorted(entry.keys() - _KEYS):
        raise SettingsError(f"{where}: unknown key '{unknown[0]}'; there are {sorted(_KEYS)}")
    if missing := sorted({"map", "path"} - entry.keys()):
        raise SettingsError(f"{where}: the key '{missing[0]}' is missing")
    late = entry.get("late_days", 0)
    if not isinstance(late, int) or isinstance(late, bool) or late < 0:
        raise SettingsError(f"{where}: late_days: '{late}' is not a number of days from 0")
    if late and DAY not in entry["path"]:
        raise SettingsError(f"{where}: late_days needs {DAY} in path")
    try:
        field_map = load_map(entry["map"])
    except SettingsError as error:
        raise SettingsError(f"{where}: map: {error}") from None
    if table.name not in field_map.tables:
        raise SettingsError(f"{where}: the map '{field_map.name}' does not make {table.name}")
    return FileInput(field_map, root, entry["path"], late)
