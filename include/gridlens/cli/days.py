"""From a source into the warehouse, day by day."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from gridlens import pipelines
from gridlens.cli.command import Command, Parser, window_arguments
from gridlens.settings import Settings
from gridlens.window import Day, Window


def _run_day(given: argparse.Namespace, settings: Settings) -> None:
    pipelines.run_day(settings, Day.parse(given.day), print)


def _source_check(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.source_check(settings, print).summary())


def _settle(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.settle(settings, print).summary())


def _refresh(given: argparse.Namespace, settings: Settings) -> None:
    until = Day.parse(given.until) if given.until else Day(datetime.now(UTC).date()).plus(-1)
    report = pipelines.refresh(settings, until, given.days, print)
    print(report.summary())
    if not report.numbers["looked at"]:
        print(f"  no table is read from an index on the days up to {until}: look at --until")
    elif report.numbers["extracted again"]:
        print("  `gridlens settle` loads them")


def _backfill_plan(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.plan(settings, Window.parse(given.first, given.end)))


def _status(given: argparse.Namespace, settings: Settings) -> None:
    window = None
    if given.first:
        first = Day.parse(given.first)
        window = Window(first, Day.parse(given.end) if given.end else first.plus(1))
    days = pipelines.status(settings, window)
    if not days:
        print(f"no day is known in {settings.home}: run `gridlens run-day DAY` or `gridlens load`")
    for day in days:
        because = f"  {day.because[0]}" if day.because else ""
        more = f" (and {len(day.because) - 1} more)" if len(day.because) > 1 else ""
        print(f"{day.day}  {day.state:<11}{because}{more}".rstrip())


def _load(given: argparse.Namespace, settings: Settings) -> None:
    day = Day.parse(given.day) if given.day else None
    for manifest in pipelines.load_file(settings, given.file, given.map, day):
        print(pipelines.summary(manifest), *pipelines.reasons(settings, manifest), sep="\n")
    print("next: `gridlens settle` brings these days into the warehouse")


def _day_argument(parser: Parser) -> None:
    parser.add_argument("day", metavar="DAY", help="YYYY-MM-DD, UTC")


def _refresh_arguments(parser: Parser) -> None:
    parser.add_argument("--days", type=int, default=3, metavar="N", help="how many; default 3")
    parser.add_argument("--until", metavar="DAY", help="the last of them; default yesterday, UTC")


def _load_arguments(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", nargs="+", type=Path, help="a file, or a folder")
    parser.add_argument("--map", required=True, metavar="NAME", help="field map of the shape")
    parser.add_argument("--day", metavar="DAY", help="day of a dump that carries no date")


COMMANDS: dict[str, Command] = {
    "source check": Command(
        "Look at every endpoint, index and folder of sources.toml, before a day is read.",
        _source_check,
    ),
    "run-day": Command(
        "Extract, validate, load, match and compute one day.", _run_day, _day_argument
    ),
    "load": Command("Load any export into slices, all the days it holds.", _load, _load_arguments),
    "refresh": Command(
        "Extract the last days again, where their index has changed.", _refresh, _refresh_arguments
    ),
    "backfill plan": Command(
        "Tell documents, bytes, hours and disk of days not yet there, before anything starts.",
        _backfill_plan,
        window_arguments,
    ),
    "settle": Command("Compute again, once, all that late data have made stale.", _settle),
    "status": Command(
        "Which days are there, and which of them still hold.",
        _status,
        lambda parser: window_arguments(parser, "?"),
    ),
}
