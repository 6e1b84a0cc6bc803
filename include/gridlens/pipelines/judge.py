"""Holding a day's slices against their contracts: rules, and measures with what is around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from gridlens.errors import SliceError
from gridlens.pipelines.broken import remember
from gridlens.pipelines.fortnight import Manifests, fortnight
from gridlens.pipelines.profiles import kept_profile, profile_of
from gridlens.pipelines.world import is_known
from gridlens.quality import (
    CheckResult,
    Contract,
    Judgement,
    Surroundings,
    check,
    contracts,
    measured,
)
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.tables import TABLES
from gridlens.window import Day


@dataclass(frozen=True)
class Judged:
    """What the contracts say of a day.

    Attributes:
        slices: the outcome for each slice, in the order of the tables.
        before: the slices of the days before that it was compared with.
    """

    slices: tuple[Judgement, ...]
    before: Manifests

    @property
    def results(self) -> list[CheckResult]:
        """The outcome of all rules."""
        return [result for slice_ in self.slices for result in slice_.rules]

    def counts(self) -> dict[str, int]:
        """How many rules and measures there are, and how many pass or warn."""
        told = {s: sum(len(j.told(s)) for j in self.slices) for s in ("pass", "warn")}
        rules = len(self.results)
        measures = sum(len(j.measures) for j in self.slices)
        return {"rules": rules, "measures": measures, **told}

    def raise_if_broken(self, hint: str = "") -> None:
        """Stop where a rule or a measure fails.

        Raises:
            ContractBroken: with the first table that is broken, and all that is wrong with it.
        """
        for slice_ in self.slices:
            slice_.raise_if_broken(hint)


def manifests_of(store: SliceStore, day: Day) -> list[Manifest]:
    """The manifests of the day's slices, in the order of the tables."""
    found = (store.manifest(name, day) for name in TABLES)
    return [manifest for manifest in found if manifest is not None]


def judged(settings: Settings, manifests: Sequence[Manifest], day: Day) -> Judged:
    """Hold the day's slices against their contracts; what fails is said, and not raised.

    Raises:
        SliceError: a file is not the one that its manifest names, or cannot be read.
        SettingsError: the operator's thresholds name something unknown.
    """
    store = SliceStore(settings.slices)
    before = fortnight(store.manifest, day)
    there = {name: [m for m in ms if _is_there(store, m)] for name, ms in before.items()}
    known = [m for m in manifests if is_known(m)]
    others = _others(store, known, there)
    rules = contracts(settings.thresholds)
    try:
        slices = [
            _judgement(settings, store, m, rules[m.table], there[m.table], others) for m in known
        ]
    except duckdb.Error as error:
        raise SliceError(
            f"slices of {day} or of the days before cannot be read: {str(error).splitlines()[0]}; "
            "extract that day again, or restore the file from a backup"
        ) from None
    return Judged(tuple(slices), before)


def _is_there(store: SliceStore, manifest: Manifest) -> bool:
    """Whether the slice's file can be read, or was given up knowingly: else it is lost."""
    return manifest.pruned or (manifest.file is not None and store.path(manifest).is_file())


def _judgement(
    settings: Settings,
    store: SliceStore,
    manifest: Manifest,
    contract: Contract,
    before: Sequence[Manifest],
    others: Mapping[str, Mapping[int, Path]],
) -> Judgement:
    store.verify(manifest)
    path = store.path(manifest) if manifest.file else None
    results = check(manifest, path, contract)
    own = profile_of(settings, store, manifest, contract)
    # Of a pruned day counts what was kept of it.
    kept = [m for m in before if not m.pruned or kept_profile(settings, m, contract)]
    profiles = [profile_of(settings, store, m, contract) for m in kept]
    around = Surroundings(kept, profiles, others)
    measures = measured(manifest, path, contract, own, around)
    judgement = Judgement(contract, manifest.day, path, tuple(results), tuple(measures))
    remember(settings, manifest, judgement.broken)
    return judgement


def _others(
    store: SliceStore, known: Sequence[Manifest], before: Manifests
) -> dict[str, dict[int, Path]]:
    """Files of each table that the day has, by how many days they lie before."""
    return {
        manifest.table: {
            (manifest.day.date - m.day.date).days: store.path(m)
            for m in (manifest, *before[manifest.table])
            if m.file is not None
        }
        for manifest in known
    }
