"""Steps as npz files of plain arrays; nothing is unpickled."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from gridlens.generator.tree.branches import Branches
from gridlens.generator.tree.donors import Donors
from gridlens.generator.tree.step import Step


def write_step(step: Step, path: Path) -> None:
    """Write one step as one file."""
    arrays: dict[str, Any] = {**vars(step.branches), **vars(step.donors)}
    arrays |= {f"places_{i}": places for i, places in enumerate(step.places)}
    np.savez_compressed(path, **{k: v for k, v in arrays.items() if v is not None})


def read_step(path: Path) -> Step:
    """Read what ``write_step`` wrote."""
    with np.load(path, allow_pickle=False) as found:
        arrays: dict[str, Any] = dict(found)
    count = sum(name.startswith("places_") for name in arrays)
    return Step(
        Branches(*(arrays[field.name] for field in fields(Branches))),
        Donors(arrays["starts"], arrays["codes"], arrays.get("numbers"), arrays.get("is_rare")),
        tuple(arrays[f"places_{i}"] for i in range(count)),
    )
