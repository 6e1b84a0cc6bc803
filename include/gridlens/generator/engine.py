"""What every engine can do, and which there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, cast

import pyarrow as pa

from gridlens.errors import SettingsError


class Engine(Protocol):
    """A model of a workload, once it is fitted.

    An engine is data only: what it saves are Parquet, JSON and npz files without objects.

    Attributes:
        holds_real_rows: what it saves contains rows of the training table.
    """

    holds_real_rows: ClassVar[bool]

    @classmethod
    def fit(cls, table: pa.Table, seed: int) -> Self:
        """Learn from a workload.

        Raises:
            InputError: the table is no workload, or has too few rows.
        """
        ...

    def sample(self, n: int, seed: int, given: pa.Table | None = None) -> pa.Table:
        """Draw that many jobs; the same seed gives the same bytes.

        Args:
            n: number of rows.
            seed: of all random numbers.
            given: n rows with the values that some categories must have, as text; the other
                variables are drawn given these.

        Returns:
            A workload with the variables of the training table, groups left out.

        Raises:
            InputError: a given category or combination that cannot be drawn, said by name.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write the engine's own files into an existing, empty folder."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; who calls has checked the files' hashes."""
        ...


@dataclass(frozen=True)
class Recipe:
    """Where an engine's class is, and the options that it is fitted with.

    Attributes:
        module: imported when it is asked for: some engines need heavy or optional packages.
        name: of the class.
        options: keyword arguments of ``fit``.
        extra: optional dependency that the engine needs; empty: none.
        meaning: one sentence.
    """

    module: str
    name: str
    meaning: str
    options: Mapping[str, Any] = field(default_factory=dict)
    extra: str = ""

    @property
    def engine(self) -> type[Engine]:
        """The class.

        Raises:
            SettingsError: its optional dependency is not installed.
        """
        try:
            return cast(type[Engine], getattr(import_module(self.module), self.name))
        except ModuleNotFoundError as error:
            if not self.extra:
                raise
            raise SettingsError(
                f"this engine needs the extra '{self.extra}': pip install 'gridlens[{self.extra}]'"
            ) from error

    def fit(self, table: pa.Table, seed: int) -> Engine:
        """Fit the engine with the recipe's options."""
        return self.engine.fit(table, seed, **self.options)


RECIPES: Mapping[str, Recipe] = {
    "smote": Recipe(
        "gridlens.generator.smote",
        "Smote",
        "SMOTE-NC between neighbours; categories drawn as one tuple",
    ),
    "smote_paper": Recipe(
        "gridlens.generator.smote",
        "Smote",
        "SMOTE-NC as in the paper: each category is the neighbours' most frequent one",
        {"mode": "paper"},
    ),
    "tree": Recipe(
        "gridlens.generator.tree",
        "Tree",
        "one regression or classification tree a variable, each given those before it",
    ),
    "copula": Recipe(
        "gridlens.generator.copula",
        "Copula",
        "normal copula: every variable's own distribution, correlated",
    ),
    "independent": Recipe(
        "gridlens.generator.copula",
        "Copula",
        "every variable's own distribution, without any correlation: the baseline to beat",
        {"correlated": False},
    ),
    "diffusion": Recipe(
        "gridlens.generator.diffusion",
        "Diffusion",
        "a neural network that undoes noise step by step",
        extra="deep",
    ),
    "bootstrap": Recipe(
        "gridlens.generator.bootstrap",
        "Bootstrap",
        "training rows drawn again: the anchor of a leak, which the gate keeps out",
    ),
}


def recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        SettingsError: there is none.
    """
    if name not in RECIPES:
        raise SettingsError(f"no engine is called '{name}': choose of {', '.join(RECIPES)}")
    return RECIPES[name]
