"""May a day's slices pass: every slice whole on disk and true to its contract."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from gridlens.pipelines.judge import Judged, judged, manifests_of
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.task_runs import note, recorded
from gridlens.quality import write_data_docs
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.window import Day


@recorded("validate")
def validate(settings: Settings, day: Day) -> Report:
    """Hold the slices of a day against their contracts, and write the pages that show how.

    Raises:
        SliceError: a file is not the one that its manifest names.
        ContractBroken: a rule or a measure fails; nothing has been loaded.
        PublishFailed: the pages cannot be written.
    """
    watch = Stopwatch()
    manifests = manifests_of(SliceStore(settings.slices), day)
    note(rows_in=sum(m.accepted for m in manifests), fingerprint=_fingerprint(manifests))
    outcome = judged(settings, manifests, day)
    page = data_docs(settings, day, outcome)
    outcome.raise_if_broken("".join(f"All of it is in {path}. " for path in page.values()))
    numbers: dict[str, int | float | str] = {"slices": len(manifests), **outcome.counts()}
    notes = [f"{s.contract.table.name}: {line}" for s in outcome.slices for line in s.told("warn")]
    return Report("validate", day, {**numbers, **page}, tuple(notes), watch.seconds)


def data_docs(settings: Settings, day: Day, outcome: Judged) -> dict[str, str]:
    """Write the day's pages, if these settings ask for any; where they are, for a report.

    Raises:
        PublishFailed: they cannot be written.
    """
    if not (settings.data_docs_days and outcome.slices):
        return {}
    keep = settings.data_docs_days
    page = write_data_docs(settings.data_docs, day, outcome.slices, keep)
    return {"data_docs": str(page)} if page else {}


def _fingerprint(manifests: Sequence[Manifest]) -> str:
    found = [(m.table, m.fingerprint) for m in manifests]
    return hashlib.sha256(repr(found).encode()).hexdigest()[:32]
