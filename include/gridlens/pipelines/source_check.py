"""Whether the sources are there and are what `sources.toml` says, before a day is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from gridlens.endpoint import Endpoint
from gridlens.errors import GridlensError, SourceRejected, SourceUnavailable
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.task_runs import recorded
from gridlens.settings import Settings
from gridlens.sources import (
    Client,
    FileInput,
    Finding,
    SourceConfig,
    check_endpoint,
    greeting,
    load_config,
)

# Somebody waits for the answer.
_PATIENCE_S = 15.0


@recorded("source check")
def source_check(
    settings: Settings, tell: Callable[[str], None], *, only_indices: bool = False
) -> Report:
    """Look at every endpoint, index and folder of ``sources.toml``.

    Args:
        settings: where everything rests.
        tell: is told each finding, one line, as soon as there is one.
        only_indices: leave folders to the reading itself, which knows what a missing file means.

    Raises:
        SourceUnavailable: something is wrong, and all of it may pass by itself.
        SourceRejected: something is wrong, and a person must act.
        SettingsError: ``sources.toml`` itself is wrong.
    """
    watch = Stopwatch()
    config = load_config(settings.sources)
    found = []
    for finding in _findings(settings, config, only_indices):
        tell(str(finding))
        found.append(finding)
    if wrong := [f for f in found if f.level == "wrong"]:
        kind = SourceUnavailable if all(f.passes for f in wrong) else SourceRejected
        more = f" (and {len(wrong) - 1} more)" if wrong[1:] else ""
        raise kind(f"{wrong[0].text}{more}")
    count = Counter(f.level for f in found)
    return Report(
        "source check",
        numbers={"good": count["good"], "warnings": count["warning"]},
        seconds=watch.seconds,
    )


def greet(endpoint: Endpoint) -> str:
    """What there is at an endpoint, in a line.

    Raises:
        SourceUnavailable: nobody answers.
        SourceRefused: login, token or certificate are not accepted.
        SourceRejected: it is no OpenSearch.
    """
    # One request by hand does not queue behind those of the tasks.
    with TemporaryDirectory() as slots, Client(_hasty(endpoint), Path(slots)) as client:
        return greeting(client)


def _hasty(endpoint: Endpoint) -> Endpoint:
    return replace(
        endpoint,
        patience_s=min(endpoint.patience_s, _PATIENCE_S),
        timeout_s=min(endpoint.timeout_s, _PATIENCE_S),
    )


def _findings(settings: Settings, config: SourceConfig, only_indices: bool) -> Iterator[Finding]:
    for name in config.endpoints:
        inputs = [i for indices in config.indices.values() for i in indices if i.endpoint == name]
        # One index may feed several tables in the same way.
        once = list({(i.index, i.map.name, i.cut): i for i in inputs}.values())
        try:
            with Client(_hasty(settings.endpoint(name)), settings.slots) as client:
                yield from check_endpoint(client, once)
        except GridlensError as error:
            yield Finding.of(error)
    if not only_indices:
        files = [i for inputs in config.by_table.values() for i in inputs]
        yield from (_folder(i) for i in files if isinstance(i, FileInput))


def _folder(source: FileInput) -> Finding:
    """The folder above the first part of the path that is a pattern."""
    folder = source.root / Path(*_fixed(source.pattern))
    if folder.exists():
        return Finding("good", f"{folder} is there, for {source.pattern}")
    text = f"{folder} is not there, for {source.pattern}: not exported yet, or not mounted"
    return Finding("wrong", text, passes=True)


def _fixed(pattern: str) -> Iterator[str]:
    for part in Path(pattern).parts:
        if any(sign in part for sign in "*?[{"):
            return
        yield part
