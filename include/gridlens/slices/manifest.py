"""What one extraction found: the small JSON file that points at a slice's Parquet files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from gridlens.errors import SettingsError, SliceError
from gridlens.window import Day

State = Literal["complete", "empty", "unavailable"]


@dataclass(frozen=True)
class Manifest:
    """One slice: one day of one table, as one extraction found it.

    All but ``run`` is the same whenever the same documents are extracted again.

    Attributes:
        table: name of the canonical table.
        day: the day that was asked for.
        state: ``complete``; ``empty``: the source has the day, and nothing in it;
            ``unavailable``: the day lies before the source begins.
        promised: how many documents the source said it would give; None where it does not say.
        newest: newest time of change among the promised documents, as the source keeps it.
        changed_sum: sum of their times of change; of very many, its last digits may differ.
        fetched: documents of the day; always ``accepted + duplicates + quarantined``.
        accepted: rows of the slice.
        duplicates: rows left out because a newer or equal row has the same key.
        quarantined: documents kept aside with the reason why.
        gone: keys that an earlier extraction of the day had and this one lacks.
        fingerprint: checksum of the accepted rows and of the quarantine, in 32 digits.
        file: the slice, relative to the store's root; None unless ``complete``.
        quarantine_file: the quarantined documents, if there are any.
        gone_file: the keys that are gone, if there are any.
        sha256: of each file, by its name.
        map: field maps that read the documents, a comma between them.
        map_version: versions of these maps.
        query: what was asked of the source, or why it could not be asked.
        unmapped: fields of the documents that the map does not know.
        unseen: fields of the map that no document had.
        fields: fields that some document had, in plain form, and what their values were as far as
            it is known: ``number``, ``text``, a blank between several.
        pruned: its files were given up, being old; the warehouse keeps the rows that it loaded.
        run: facts of this extraction alone: attempt, seconds, end, versions.
    """

    table: str
    day: Day
    state: State
    fingerprint: str
    promised: int | None = None
    newest: str | None = None
    changed_sum: int | None = None
    fetched: int = 0
    accepted: int = 0
    duplicates: int = 0
    quarantined: int = 0
    gone: int = 0
    file: str | None = None
    quarantine_file: str | None = None
    gone_file: str | None = None
    sha256: Mapping[str, str] = field(default_factory=dict)
    map: str | None = None
    map_version: str | None = None
    query: Mapping[str, Any] = field(default_factory=dict)
    unmapped: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    pruned: bool = False
    run: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.fetched != self.accepted + self.duplicates + self.quarantined:
            raise SliceError(
                f"{self.table} {self.day}: {self.identity} does not hold: rows were lost or made "
                "on the way; nothing was published. Please report it with the day's documents"
            )

    @property
    def identity(self) -> str:
        """Where every fetched document went, as one line."""
        return (
            f"fetched {self.fetched} = accepted {self.accepted} + duplicates {self.duplicates} "
            f"+ quarantined {self.quarantined}"
        )

    @property
    def attempt(self) -> int:
        """The number of the extraction that wrote it: a later extraction has a larger one."""
        return int(self.run.get("attempt", 0))

    @property
    def files(self) -> tuple[str, ...]:
        """All files that belong to the slice, relative to the store's root."""
        named = (self.file, self.quarantine_file, self.gone_file)
        return tuple(name for name in named if name is not None)

    def without_files(self) -> Manifest:
        """The same slice, its files given up."""
        return replace(
            self, pruned=True, sha256={}, file=None, quarantine_file=None, gone_file=None
        )

    def as_json(self) -> str:
        """The manifest as JSON text, one field a line."""
        values = {**asdict(self), "day": str(self.day)}
        return json.dumps(values, indent=1, ensure_ascii=False, default=str) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read what ``as_json`` wrote.

        Raises:
            SliceError: the text is torn, or of another version.
        """
        try:
            values = json.loads(text)
            # What a later version added is at its default in manifests of an earlier one.
            if unknown := sorted(values.keys() - {f.name for f in fields(cls)}):
                raise ValueError(f"fields that are not known: {', '.join(unknown)}")
            lists = {name: tuple(values.get(name, ())) for name in ("unmapped", "unseen")}
            return cls(**{**values, **lists, "day": Day.parse(values["day"])})
        except (KeyError, ValueError, TypeError, AttributeError, SettingsError) as error:
            raise SliceError(f"not a manifest of this version: {error}") from None


def manifest_path(root: Path, table: str, day: Day) -> Path:
    """Where the manifest of that day stands."""
    return root / table / f"{day}.json"


def read_manifest(root: Path, table: str, day: Day) -> Manifest | None:
    """The manifest that stands there; None if the day was never extracted.

    Raises:
        SliceError: the file cannot be read as a manifest.
    """
    path = manifest_path(root, table, day)
    try:
        return Manifest.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except SliceError as error:
        raise SliceError(f"{path}: {error}; remove it and extract the day again") from None
