"""`gridlens …`: the pipelines from a shell, without Airflow."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gridlens import pipelines
from gridlens.errors import GridlensError, Transient
from gridlens.settings import Settings
from gridlens.window import Day, Window

EXIT_PERMANENT = 2
EXIT_TRANSIENT = 75  # sysexits.h, EX_TEMPFAIL: trying again may help


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it did what was asked, 2 if a person must act, 75 if not now."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        run: Callable[[argparse.Namespace, Settings], None] = given.run
        run(given, Settings.from_env(os.environ))
    except GridlensError as error:
        print(f"gridlens: {error}", file=sys.stderr)
        return EXIT_TRANSIENT if isinstance(error, Transient) else EXIT_PERMANENT
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _run_day(given: argparse.Namespace, settings: Settings) -> None:
    pipelines.run_day(settings, Day.parse(given.day), print)


def _settle(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.settle(settings, print).summary())


def _status(given: argparse.Namespace, settings: Settings) -> None:
    window = (
        Window.parse(given.first, given.end or str(Day.parse(given.first).plus(1)))
        if given.first
        else None
    )
    days = pipelines.status(settings, window)
    if not days:
        print(f"no day is known in {settings.home}: run `gridlens run-day DAY` or `gridlens load`")
    for day in days:
        because = f"  {day.because[0]}" if day.because else ""
        more = f" (and {len(day.because) - 1} more)" if len(day.because) > 1 else ""
        print(f"{day.day}  {day.state:<11}{because}{more}".rstrip())


def _sql(given: argparse.Namespace, settings: Settings) -> None:
    pipelines.print_query(settings, given.query, given.format)


def _load(given: argparse.Namespace, settings: Settings) -> None:
    day = Day.parse(given.day) if given.day else None
    for manifest in pipelines.load_file(settings, given.file, given.map, day):
        print(pipelines.summary(manifest))


def _tables(given: argparse.Namespace, settings: Settings) -> None:
    window = Window.parse(given.first, given.end)
    print(pipelines.paper_tables(settings, window, given.population))


def _explain(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.explain(settings, given.pandaid, given.transfer_id))


def _match(given: argparse.Namespace, settings: Settings) -> None:
    report = pipelines.match_files(
        given.jobs,
        given.files,
        given.transfers,
        given.output,
        candidates=given.candidates,
        reading=pipelines.Reading.parse(given.reading),
        memory_limit=settings.memory_limit,
        threads=settings.threads,
    )
    print(report.summary())


def _init_file(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.write_init_file(settings))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gridlens",
        description="A daily warehouse of how PanDA jobs and Rucio transfers meet.",
        epilog="GRIDLENS_HOME is the folder of slices, warehouse and sources.toml (default: data).",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace, Settings], None], about: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name,
            help=about,
            description=about,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.set_defaults(run=run)
        return added

    one = command("run-day", _run_day, "Extract, validate, load, match and compute one day.")
    one.add_argument("day", metavar="DAY", help="YYYY-MM-DD, UTC")
    command("settle", _settle, "Compute again, once, all that late data have made stale.")
    one = command("status", _status, "Which days are there, and which of them still hold.")
    _window(one, optional=True)
    one = command("sql", _sql, "Ask the warehouse, read-only.")
    one.add_argument("query", metavar="QUERY")
    one.add_argument("--format", choices=("table", "csv"), default="table")
    one = command("load", _load, "Load any export into slices, all the days it holds.")
    one.add_argument("file", metavar="FILE", nargs="+", type=Path)
    one.add_argument("--map", required=True, metavar="NAME", help="field map of the export's shape")
    one.add_argument("--day", metavar="DAY", help="day of a dump that carries no date")
    one = command("tables", _tables, "The paper's Tables 1 and 2 for a window.")
    _window(one, optional=False)
    one.add_argument("--population", choices=("user", "all"), default="user")
    one = command("explain", _explain, "Say in words why a job's transfers did or did not match.")
    one.add_argument("pandaid", metavar="PANDAID", type=int)
    one.add_argument("transfer_id", metavar="TRANSFER_ID", nargs="?")
    command("init-file", _init_file, "Write what opens the warehouse in the DuckDB shell.")
    _match_arguments(command("match", _match, pipelines.MATCH_HELP))
    return parser


def _window(parser: argparse.ArgumentParser, *, optional: bool) -> None:
    nargs = "?" if optional else None
    parser.add_argument("first", metavar="FROM", nargs=nargs, help="first day, YYYY-MM-DD")
    parser.add_argument("end", metavar="TO", nargs=nargs, help="first day no longer included")


def _match_arguments(parser: argparse.ArgumentParser) -> None:
    for name, about in (
        ("jobs", "Parquet file of jobs"),
        ("files", "Parquet file of the jobs' files"),
        ("transfers", "Parquet file of transfers"),
        ("output", "Parquet file to write: one row a pair"),
    ):
        parser.add_argument(f"--{name}", required=True, type=Path, metavar="FILE", help=about)
    parser.add_argument(
        "--candidates", type=Path, metavar="FILE", help="also write every candidate's criteria"
    )
    parser.add_argument(
        "--reading", action="append", default=[], metavar="KEY=VALUE", help="see above; repeatable"
    )
