"""The pages of a day: what Great Expectations says of each slice, for people."""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from html import escape
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gridlens.errors import PublishFailed
from gridlens.quality.judgement import Judgement
from gridlens.quality.suite import great_expectations, run_suite
from gridlens.window import Day

_RESULTS = "results.json"
# Scripts, styles, fonts and pictures that its pages would load from other servers.
_FROM_ELSEWHERE = re.compile(
    r"<script\b.*?</script>|<link\b[^>]*>|<img\b[^>]*https?://[^>]*>|<footer\b.*?</footer>",
    re.DOTALL,
)
_SUITE = re.compile(r'href="[./]*expectations/[^"]*"')
_URL = re.compile(r"""url\(['"]?https?://[^)]*\)""")
_DAY = "????-??-??"
# No attempt at the pages of a day takes as long: what it has left was killed.
_SCRATCH_KEPT_S = 24 * 3600.0


def kept_fingerprint(folder: Path, day: Day) -> str | None:
    """What the day's pages were made from; None where there are none."""
    try:
        found = json.loads((folder / str(day) / _RESULTS).read_text(encoding="utf-8"))
        return str(found["fingerprint"])
    except (OSError, ValueError, KeyError):
        return None


def fingerprint(judgements: Sequence[Judgement]) -> str:
    """Changes when anything that the pages show does."""
    told = [(j.contract, j.rules, j.measures) for j in judgements]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


def write_data_docs(
    folder: Path, day: Day, judgements: Sequence[Judgement], keep: int
) -> Path | None:
    """Write the pages of a day, unless they are there and tell just this.

    Args:
        folder: of all days' pages.
        day: the day.
        judgements: of its slices.
        keep: for so many days pages are kept, this one among them; the earliest go.

    Returns:
        The day's first page; None where so many later days have pages that this one's would go.

    Raises:
        PublishFailed: the pages cannot be written, as on a full disk.
    """
    later = [path for path in folder.glob(_DAY) if path.name > str(day)]
    if len(later) >= keep:
        return None
    now = fingerprint(judgements)
    if kept_fingerprint(folder, day) != now:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=folder, prefix=f".{day}.") as scratch:
                _write(Path(scratch) / "new", day, judgements, now)
                _replace(Path(scratch), folder / str(day))
                _prune(folder, Path(scratch), keep)
            _sweep(folder)
        except OSError as error:
            raise PublishFailed(
                f"the quality pages of {day} cannot be written below {folder}: {error}; make room"
            ) from None
    return folder / str(day) / "index.html"


def _write(site: Path, day: Day, judgements: Sequence[Judgement], now: str) -> None:
    context = _context(site)
    results = {j.contract.table.name: run_suite(context, j) for j in judgements}
    context.build_data_docs()
    shutil.rmtree(site / "static", ignore_errors=True)
    style = (files("gridlens.quality") / "data_docs.css").read_text(encoding="utf-8")
    for page in site.rglob("*.html"):
        text = _FROM_ELSEWHERE.sub("", page.read_text(encoding="utf-8"))
        text = _SUITE.sub('href="#"', _URL.sub("none", text))
        text = text.replace("</head>", f"<style>\n{style}</style></head>", 1)
        page.write_text(text, encoding="utf-8")
    (site / "index.html").write_text(_index(site, day, judgements, style), encoding="utf-8")
    kept = {
        name: [run.to_json_dict() for run in result.run_results.values()]
        for name, result in results.items()
    }
    told = {"fingerprint": now, "day": str(day), "checkpoints": kept}
    (site / _RESULTS).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _context(site: Path) -> Any:
    """A context that keeps nothing but the pages, writes them there and tells nobody."""
    gx = great_expectations()
    base = importlib.import_module("great_expectations.data_context.types.base")
    page_store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(site)}
    builder = {
        "class_name": "SiteBuilder",
        "store_backend": page_store,
        # The page of a result shows its suite as well.
        "site_section_builders": {"expectations": "None", "profiling": "None"},
    }
    config = base.DataContextConfig(
        store_backend_defaults=base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        data_docs_sites={"day": builder},
        analytics_enabled=False,
        progress_bars={"globally": False},
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def _index(site: Path, day: Day, judgements: Sequence[Judgement], style: str) -> str:
    """The first page: that of the package lists its pages by a script from another server."""
    pages = {p.relative_to(site).parts[1]: p for p in (site / "validations").rglob("*.html")}
    rows = "".join(_row(j, pages[j.contract.table.name].relative_to(site)) for j in judgements)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Quality of {day}'
        f"</title><style>\n{style}</style></head><body><h1>Quality of {day}</h1>\n<table>"
        f"<tr><th>table</th><th>status</th><th>what does not pass</th></tr>\n{rows}</table>\n"
        "<p>Each page shows the whole contract of a table: rules, measures, their bounds and the "
        "reasons.</p></body></html>\n"
    )


def _row(judgement: Judgement, page: Path) -> str:
    name = judgement.contract.table.name
    statuses: dict[str, str] = {r.rule: r.status for r in judgement.rules}
    statuses |= {m.measure.name: m.status for m in judgement.measures}
    worst = next((s for s in ("fail", "warn") if s in statuses.values()), "pass")
    broken = ", ".join(name for name, status in statuses.items() if status != "pass")
    link = f'<a href="{escape(page.as_posix())}">{escape(name)}</a>'
    return f'<tr><td>{link}</td><td class="{worst}">{worst}</td><td>{escape(broken)}</td></tr>\n'


def _replace(scratch: Path, target: Path) -> None:
    """Let the new pages stand under the day's name; the former go with the scratch folder."""
    for attempt in range(100):
        if target.exists():
            target.replace(scratch / f"former{attempt}")
        try:
            (scratch / "new").replace(target)
        except OSError:
            # Another attempt at the day was quicker by a moment: what it wrote goes, too.
            if not target.exists():
                raise
        else:
            return
    raise OSError(f"{target} is replaced all the time")


def _prune(folder: Path, scratch: Path, keep: int) -> None:
    """Let the earliest days go with the scratch folder."""
    for path in sorted(folder.glob(_DAY), reverse=True)[keep:]:
        # Another attempt may have been quicker.
        with suppress(FileNotFoundError):
            path.replace(scratch / path.name)


def _sweep(folder: Path) -> None:
    """Remove what killed attempts have left; another attempt may be doing the same."""
    for path in folder.glob(f".{_DAY}.*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - _SCRATCH_KEPT_S:
                shutil.rmtree(path, ignore_errors=True)
