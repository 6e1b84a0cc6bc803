"""The folder that a refit works in: one step leaves there what the next one needs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gridlens.disk import publish
from gridlens.errors import NotFound
from gridlens.generator.splits import Split, Way
from gridlens.pipelines.training import TrainingSlice
from gridlens.settings import Settings

_PARTS = ("train", "validation", "test")
_FACTS = "refit.json"


@dataclass(frozen=True)
class RefitFolder:
    """What one refit was prepared with, and where its files are.

    Attributes:
        path: holds the parts of the split, ``shared`` (what every snapshot of this refit holds,
            whatever its engine), and a folder for each engine.
        training: which rows these are.
        way: how they were split.
        seed: of the split, of fitting and of drawing.
    """

    path: Path
    training: TrainingSlice
    way: Way
    seed: int

    @classmethod
    def make(
        cls, settings: Settings, training: TrainingSlice, way: Way, seed: int, parts: Split
    ) -> RefitFolder:
        """A new folder with the parts of the split in it; that of an earlier refit goes.

        What all snapshots share is for the caller to write, and then to ``finish``.
        """
        root = _root(settings)
        if root.exists():
            shutil.rmtree(root)
        made = cls(root / f"{training.fingerprint[:8]}-{way}-{seed}", training, way, seed)
        made.shared.mkdir(parents=True)
        for name in _PARTS:
            pq.write_table(getattr(parts, name), made.path / f"{name}.parquet", compression="zstd")
        return made

    def finish(self) -> None:
        """Write what this refit was prepared with: only from now on the next steps find it."""
        facts = {"training": self.training.as_dict(), "way": self.way, "seed": self.seed}
        self.write(_FACTS, facts)

    @classmethod
    def of(cls, settings: Settings, name: str) -> RefitFolder:
        """The folder of that name.

        Raises:
            NotFound: it was never prepared, or a later refit has taken its place.
        """
        path = _root(settings) / name
        if not (path / _FACTS).is_file():
            raise NotFound(
                f"no refit '{name}' is prepared in {path.parent}, or a later one has taken its "
                "place: start again with `gridlens generator fit`"
            )
        given = json.loads((path / _FACTS).read_text("utf-8"))
        return cls(path, TrainingSlice.of(given["training"]), given["way"], given["seed"])

    @property
    def name(self) -> str:
        """By which the next step finds it."""
        return self.path.name

    @property
    def shared(self) -> Path:
        """Files of every snapshot of this refit."""
        return self.path / "shared"

    @property
    def train(self) -> pa.Table:
        """Training rows."""
        return pq.read_table(self.path / "train.parquet")

    @property
    def parts(self) -> Split:
        """Training, validation and test rows."""
        return Split(*(pq.read_table(self.path / f"{part}.parquet") for part in _PARTS))

    def fitted(self, engine: str) -> Path:
        """The folder of a fitted engine's own files."""
        return self.path / engine / "engine"

    def write(self, name: str, values: Mapping[str, Any]) -> None:
        """Write a JSON file, such as ``tree/cost.json``, whole or not at all."""
        path = self.path / name
        draft = path.with_name(f".{path.name}.draft")
        draft.write_text(json.dumps(values, indent=1, allow_nan=False) + "\n", "utf-8")
        publish(draft, path)

    def read(self, name: str) -> dict[str, Any]:
        """Read what ``write`` wrote.

        Raises:
            NotFound: the step that writes it has not been done.
        """
        try:
            found: dict[str, Any] = json.loads((self.path / name).read_text("utf-8"))
        except FileNotFoundError:
            raise NotFound(
                f"{self.path / name} is missing: the step before this one has not been done; "
                "start again with `gridlens generator fit`"
            ) from None
        return found


def _root(settings: Settings) -> Path:
    return settings.generator / "work"
