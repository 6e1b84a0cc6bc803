"""What a snapshot says of itself: where it comes from, what it holds, how it was judged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from gridlens.errors import SnapshotBroken

FORMAT = 1
NAME = "manifest.json"


@dataclass(frozen=True)
class Content:
    """One file of a snapshot: its sha256 and its length in bytes."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """All facts of a snapshot, as plain JSON values.

    Attributes:
        created_at: when it was written, UTC, ISO 8601.
        engine: name of the recipe.
        options: that the engine was fitted with.
        holds_real_rows: rows of the training table stand in its files.
        seed: of fitting and of drawing what was judged.
        split: how training, validation and test rows were cut.
        training: which rows it learned from: state of the warehouse, days, fingerprint.
        versions: of the program, Python and packages; of the code, as far as it is known.
        scores: each judged table (``engine`` and its anchors) with its scores, each
            ``[family, metric, variable, value]``; None is no number.
        passed: the gate's verdict.
        reasons: of the verdict, one sentence each.
        champion: snapshot that it was held against; None: there was no champion.
        files: what the folder holds beside the manifest, by path within it.
        format: of the folder.
    """

    created_at: str
    engine: str
    options: Mapping[str, Any]
    holds_real_rows: bool
    seed: int
    split: str
    training: Mapping[str, Any]
    versions: Mapping[str, str]
    scores: Mapping[str, list[list[Any]]]
    passed: bool
    reasons: tuple[str, ...]
    champion: str | None
    files: Mapping[str, Content] = field(default_factory=dict)
    format: int = FORMAT

    def as_json(self) -> str:
        """The manifest as JSON text, one field a line; the same facts give the same text."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read what ``as_json`` wrote.

        Raises:
            SnapshotBroken: the text is torn, or of another format.
        """
        try:
            given = json.loads(text)
            if given["format"] != FORMAT:
                raise ValueError(f"it is of format {given['format']}, this program reads {FORMAT}")
            if strange := sorted(given.keys() ^ {f.name for f in fields(cls)}):
                raise ValueError(f"the field '{strange[0]}' is missing or unknown")
            files = {name: Content(**content) for name, content in given["files"].items()}
            return cls(**{**given, "files": files, "reasons": tuple(given["reasons"])})
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise SnapshotBroken(f"not a manifest of this version: {error}") from None
