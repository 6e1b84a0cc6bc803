"""May a day's slices pass: every slice whole on disk and true to its contract."""

from __future__ import annotations

import hashlib

from gridlens.pipelines.broken import remember
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.task_runs import note, recorded
from gridlens.pipelines.world import is_known
from gridlens.quality import CheckResult, check, contract, raise_if_broken
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.tables import TABLES
from gridlens.window import Day


@recorded("validate")
def validate(settings: Settings, day: Day) -> Report:
    """Hold the slices of a day against their contracts.

    Raises:
        SliceError: a file is not the one that its manifest names.
        ContractBroken: a rule of level ``fail`` fails; nothing has been loaded.
    """
    watch = Stopwatch()
    manifests = manifests_of(SliceStore(settings.slices), day)
    note(rows_in=sum(m.accepted for m in manifests), fingerprint=_fingerprint(manifests))
    results = checked(settings, manifests)
    numbers: dict[str, int | float | str] = {"slices": len(manifests), "rules": len(results)}
    for status in ("pass", "warn"):
        numbers[status] = sum(r.status == status for r in results)
    notes = tuple(f"{r.table}: {r.rule}: {r.message}" for r in results if r.status == "warn")
    return Report("validate", day, numbers, notes, watch.seconds)


def _fingerprint(manifests: list[Manifest]) -> str:
    found = [(m.table, m.fingerprint) for m in manifests]
    return hashlib.sha256(repr(found).encode()).hexdigest()[:32]


def manifests_of(store: SliceStore, day: Day) -> list[Manifest]:
    """The manifests of the day's slices, in the order of the tables."""
    found = (store.manifest(name, day) for name in TABLES)
    return [manifest for manifest in found if manifest is not None]


def checked(settings: Settings, manifests: list[Manifest]) -> list[CheckResult]:
    """Results of all rules on these slices; raises as ``validate`` does.

    Loading asks again, and computes from these very manifests, so that what is loaded is what
    was checked, even where a slice is replaced meanwhile.
    """
    store = SliceStore(settings.slices)
    results: list[CheckResult] = []
    for manifest in manifests:
        if not is_known(manifest):
            continue
        store.verify(manifest)
        path = store.path(manifest) if manifest.file else None
        outcome = check(manifest, path, contract(manifest.table))
        remember(settings, manifest, outcome)
        raise_if_broken(outcome, path)
        results += outcome
    return results
