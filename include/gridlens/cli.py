"""`gridlens …`: the pipelines from a shell, without Airflow."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import duckdb

from gridlens import pipelines
from gridlens.errors import GridlensError, InputError, Transient
from gridlens.settings import Settings
from gridlens.stop import stoppable
from gridlens.window import Day, Window

EXIT_FINDINGS = 1
EXIT_PERMANENT = 2
EXIT_TRANSIENT = 75  # sysexits.h, EX_TEMPFAIL: trying again may help

Run: TypeAlias = Callable[[argparse.Namespace, Settings], int | None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 if it did what was asked, 1 if the doctor found something wrong, 2 if a person must act,
        75 if not now.
    """
    given = _parser().parse_args(_named(sys.argv[1:] if arguments is None else arguments))
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    # How far a long reading has come.
    logging.getLogger("gridlens.sources.opensearch.progress").setLevel(logging.INFO)
    run: Run = given.run
    try:
        # Who is asked to stop still closes what it has opened elsewhere.
        with stoppable():
            return run(given, Settings.from_env(os.environ)) or 0
    except GridlensError as error:
        print(f"gridlens: {error}", file=sys.stderr)
        return EXIT_TRANSIENT if isinstance(error, Transient) else EXIT_PERMANENT
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        print(f"gridlens: {first}: `gridlens doctor` looks for the cause", file=sys.stderr)
        return EXIT_PERMANENT
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _named(words: Sequence[str]) -> list[str]:
    """The words, with a command's name in one piece, which may have two words."""
    name = " ".join(words[:2])
    return [name, *words[2:]] if name in COMMANDS else list(words)


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


def _doctor(given: argparse.Namespace, settings: Settings) -> int:
    wrong = 0
    for seen in pipelines.doctor(settings):
        if isinstance(seen, pipelines.Looked):
            print(f"looked at {seen.at}")
        else:
            wrong += 1
            print(f"WRONG: {seen.what}\n  where: {seen.where}\n  mend:  {seen.mend}")
    print(f"{wrong} things are wrong" if wrong else "nothing is wrong")
    return EXIT_FINDINGS if wrong else 0


def _watch(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.watch(settings).summary())


def _alerts(given: argparse.Namespace, settings: Settings) -> None:
    lines = pipelines.alert_lines(settings, closed=given.all)
    print(*(lines or ["no alert is open"]), sep="\n")


def _alerts_ack(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.acknowledge(settings, given.key, given.by, given.note).summary())


def _upkeep(given: argparse.Namespace, settings: Settings) -> None:
    if given.step:
        print(pipelines.UPKEEP[given.step](settings).summary())
    else:
        print(pipelines.upkeep(settings, print).summary())


def _mend(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.mend(settings).summary())


def _restore(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.restore(settings, given.backup).summary())


def _sql(given: argparse.Namespace, settings: Settings) -> None:
    pipelines.print_query(settings, given.query, given.format)


def _load(given: argparse.Namespace, settings: Settings) -> None:
    day = Day.parse(given.day) if given.day else None
    for manifest in pipelines.load_file(settings, given.file, given.map, day):
        print(pipelines.summary(manifest), *pipelines.reasons(settings, manifest), sep="\n")
    print("next: `gridlens settle` brings these days into the warehouse")


def _tables(given: argparse.Namespace, settings: Settings) -> None:
    window = Window.parse(given.first, given.end)
    print(pipelines.paper_tables(settings, window, given.population))


def _figures(given: argparse.Namespace, settings: Settings) -> None:
    window = Window.parse(given.first, given.end)
    arguments = dict(_pair(text) for text in given.with_)
    for path in pipelines.draw_figures(settings, window, given.names, given.output, arguments):
        print(path)


def _report(given: argparse.Namespace, settings: Settings) -> None:
    window = Window.parse(given.first, given.end)
    arguments = dict(_pair(text) for text in given.with_)
    print(pipelines.write_report(settings, window, given.output, arguments, print).summary())


def _publish(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.publish_file(settings, kept=given.keep).summary())


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"'{text}' must read NAME=VALUE, such as at_site=BNL-ATLAS")
    return name, value


def _share(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"'{text}' is no share of the jobs: give a number from 0 to 1") from None


def _seed(text: str) -> int:
    if not (text.isdecimal() and int(text) < MOST_SEEDS):
        raise argparse.ArgumentTypeError(
            f"'{text}' is no seed: give a whole number from 0 to {MOST_SEEDS - 1}"
        )
    return int(text)


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


def _twin_serve(given: argparse.Namespace, settings: Settings) -> None:
    pipelines.serve(given.folder or settings.home / "opensearch", given.port, print)


def _twin_publish(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.publish(settings, given.exports, progress=print).summary())


def _generator_fit(given: argparse.Namespace, settings: Settings) -> None:
    window = None
    if given.first or given.end:
        if not (given.first and given.end):
            raise InputError("give the training days as --from DAY and --to DAY, or neither")
        window = Window.parse(given.first, given.end)
    ids = pipelines.refit(
        settings,
        window,
        given.engine or pipelines.DEFAULT_ENGINES,
        population=given.population,
        way=given.split,
        seed=given.seed,
        snapshot=given.snapshot,
    )
    best = pipelines.choose(settings, ids).numbers["snapshot"]
    stays = best == "none"
    print("the champion stays" if stays else f"next: `gridlens generator promote {best}`")


def _generator_drift(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.drift(settings).summary())


def _generator_list(given: argparse.Namespace, settings: Settings) -> None:
    lines = pipelines.snapshot_lines(settings)
    print(*(lines or ["there is no snapshot yet: `gridlens generator fit` makes one"]), sep="\n")


def _generator_show(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.snapshot_card(settings, given.id))


def _generator_promote(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.promote(settings, given.id).summary())


def _generator_rollback(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.rollback(settings).summary())


def _generate(given: argparse.Namespace, settings: Settings) -> None:
    wish = pipelines.Wish(
        n=given.n,
        first=Day.parse(given.day) if given.day else None,
        end=Day.parse(given.to) if given.to else None,
        scale=given.scale,
        shares={name: _share(text) for name, text in map(_pair, given.site_share)},
        fixed=dict(map(_pair, given.fixed)),
        seed=given.seed,
    )
    print(pipelines.generate(settings, wish, given.output, given.documents).summary())


def _init_file(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.write_init_file(settings))


PUBLISH_HELP = """\
Load the twin's documents into OpenSearch, and read them from there.

Jobs, files and tasks go to the endpoint opensearch_panda, transfers to opensearch_rucio. A
sources.toml that reads them there is written into GRIDLENS_HOME, which must be another home
than that of the exports. Publishing again leaves the same documents."""

DOCTOR_HELP = """\
Look at everything, change nothing, and say what is wrong with the command that mends it.

Exit status 1 if anything is."""

MEND_HELP = """\
Let the warehouse forget damaged files, so that `gridlens settle` computes their days again.

Former states that hold a damaged file can no longer be read then."""

UPKEEP_HELP = """\
Prune, expire, compact, clean up, check and back up; or do one of these steps.

prune: give up slices and quarantine older than GRIDLENS_KEEP_SLICES_DAYS (all are kept);
expire: give up former states of the warehouse older than GRIDLENS_KEEP_SNAPSHOTS_DAYS (30);
compact: merge small files, move replaced rows out of the catalog;
clean-up: remove files that no state and no backup needs, after a day;
check: hold every file, every day's rows and every slice against what was written;
back-up: copy the catalog, keep the last GRIDLENS_KEEP_BACKUPS (7)."""

RESTORE_HELP = """\
Bring back a backup of the warehouse's catalog; `gridlens settle` then brings it up to now.

The catalog that it replaces stays beside it as catalog.sqlite.replaced until the next restore.
The data files that it alone needs stay for a day after they were written, then `gridlens upkeep`
removes them: to go back to it later, copy the whole home first."""

FIT_HELP = """\
Fit models of the workload, judge each, and keep it as a snapshot with its verdict.

The champion, from which `gridlens generate` draws, stays until another is promoted."""

FILTER_HELP = """\
a filter, such as at_site=BNL-ATLAS; repeatable; each figure and table takes those that its mart
has (docs/analysts.md)"""

MOST_SEEDS = 2**31  # what all libraries take, a few steps on, too

Parser: TypeAlias = argparse.ArgumentParser


def _day_argument(parser: Parser) -> None:
    parser.add_argument("day", metavar="DAY", help="YYYY-MM-DD, UTC")


def _window_arguments(parser: Parser, nargs: str | None = None) -> None:
    parser.add_argument("first", metavar="FROM", nargs=nargs, help="first day, YYYY-MM-DD")
    parser.add_argument("end", metavar="TO", nargs=nargs, help="first day no longer included")


def _refresh_arguments(parser: Parser) -> None:
    parser.add_argument("--days", type=int, default=3, metavar="N", help="how many; default 3")
    parser.add_argument("--until", metavar="DAY", help="the last of them; default yesterday, UTC")


def _tables_arguments(parser: Parser) -> None:
    _window_arguments(parser)
    parser.add_argument("--population", choices=("user", "production", "all"), default="user")


def _figures_arguments(parser: Parser) -> None:
    _window_arguments(parser)
    parser.add_argument("names", metavar="FIGURE", nargs="*", help="of docs/figures.md; none: all")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="or a folder")
    _filter_argument(parser)


def _report_arguments(parser: Parser) -> None:
    parser.add_argument("--from", dest="first", required=True, metavar="DAY", help="first day")
    parser.add_argument(
        "--to", dest="end", required=True, metavar="DAY", help="first day no longer included"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="ends in .html")
    _filter_argument(parser)


def _keep_argument(parser: Parser) -> None:
    parser.add_argument("--keep", type=int, default=7, metavar="N", help="files that stay; 7")


def _filter_argument(parser: Parser) -> None:
    parser.add_argument(
        "--with", dest="with_", action="append", default=[], metavar="NAME=VALUE", help=FILTER_HELP
    )


def _alerts_arguments(parser: Parser) -> None:
    parser.add_argument("--all", action="store_true", help="those that are over, too")


def _ack_arguments(parser: Parser) -> None:
    parser.add_argument("key", metavar="KEY", help="of `gridlens alerts`: late/2025-04-03")
    parser.add_argument("--by", required=True, metavar="NAME", help="who; kept as a keyed hash")
    parser.add_argument("--note", metavar="TEXT", help="what to remember; no names of people")


def _upkeep_arguments(parser: Parser) -> None:
    steps = tuple(pipelines.UPKEEP)
    parser.add_argument("step", metavar="STEP", nargs="?", choices=steps, help=", ".join(steps))


def _restore_arguments(parser: Parser) -> None:
    parser.add_argument(
        "backup", metavar="BACKUP", nargs="?", help="a folder of backups/; default: the newest"
    )


def _sql_arguments(parser: Parser) -> None:
    parser.add_argument("query", metavar="QUERY")
    parser.add_argument("--format", choices=("table", "csv"), default="table")


def _load_arguments(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", nargs="+", type=Path, help="a file, or a folder")
    parser.add_argument("--map", required=True, metavar="NAME", help="field map of the shape")
    parser.add_argument("--day", metavar="DAY", help="day of a dump that carries no date")


def _explain_arguments(parser: Parser) -> None:
    parser.add_argument("pandaid", metavar="PANDAID", type=int)
    parser.add_argument("transfer_id", metavar="TRANSFER_ID", nargs="?")


def _match_arguments(parser: Parser) -> None:
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


def _serve_arguments(parser: Parser) -> None:
    parser.add_argument("--port", type=int, default=9200, help="of HTTP, 1024 to 9299 (9200)")
    parser.add_argument("--folder", type=Path, help="of its data (opensearch in GRIDLENS_HOME)")


def _publish_arguments(parser: Parser) -> None:
    parser.add_argument("exports", metavar="HOME", type=Path, help="home of the twin's exports")


def _fit_arguments(parser: Parser) -> None:
    parser.add_argument(
        "--from", dest="first", metavar="DAY", help="first training day; default: 7 whole days"
    )
    parser.add_argument("--to", dest="end", metavar="DAY", help="first day no longer included")
    parser.add_argument(
        "--engine",
        action="append",
        choices=pipelines.ENGINES,
        help="repeatable; default: " + ", ".join(pipelines.DEFAULT_ENGINES),
    )
    parser.add_argument("--population", choices=("user", "production", "all"), default="all")
    parser.add_argument(
        "--split", choices=("time", "task", "random"), default="time", help="default: time"
    )
    parser.add_argument(
        "--seed", type=_seed, default=1, metavar="N", help="of all random numbers; 1"
    )
    parser.add_argument(
        "--snapshot", type=int, metavar="N", help="state of the warehouse; default: the present"
    )


def _snapshot_argument(parser: Parser) -> None:
    parser.add_argument("id", metavar="ID", help="of `gridlens generator list`")


def _generate_arguments(parser: Parser) -> None:
    parser.add_argument("--n", type=int, metavar="N", help="number of jobs; or give days")
    parser.add_argument(
        "--day", metavar="DAY", help="first day, YYYY-MM-DD; default: the day after the training"
    )
    parser.add_argument("--to", metavar="DAY", help="first day no longer included; DAY + 1")
    parser.add_argument(
        "--seed", type=_seed, default=1, metavar="N", help="of all random numbers; 1"
    )
    parser.add_argument("--scale", type=float, default=1.0, metavar="X", help="of the load; 1.0")
    parser.add_argument(
        "--site-share",
        action="append",
        default=[],
        metavar="QUEUE=X",
        help="what if this PanDA queue had this share of the jobs, 0 to 1; repeatable",
    )
    parser.add_argument(
        "--given",
        action="append",
        default=[],
        dest="fixed",
        metavar="NAME=VALUE",
        help="every job is of this jobstatus, computingsite or other category, the load stays as "
        "it is; repeatable",
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="Parquet")
    parser.add_argument(
        "--documents", type=Path, metavar="FILE", help="as PanDA's documents, too: .ndjson.gz"
    )


@dataclass(frozen=True)
class Command:
    """One command: what it does, in words and in code, and what it is given."""

    about: str
    run: Run
    arguments: Callable[[Parser], None] = lambda parser: None


COMMANDS: dict[str, Command] = {
    "source check": Command(
        "Look at every endpoint, index and folder of sources.toml, before a day is read.",
        _source_check,
    ),
    "run-day": Command(
        "Extract, validate, load, match and compute one day.", _run_day, _day_argument
    ),
    "refresh": Command(
        "Extract the last days again, where their index has changed.", _refresh, _refresh_arguments
    ),
    "backfill plan": Command(
        "Tell documents, bytes, hours and disk of days not yet there, before anything starts.",
        _backfill_plan,
        _window_arguments,
    ),
    "settle": Command("Compute again, once, all that late data have made stale.", _settle),
    "status": Command(
        "Which days are there, and which of them still hold.",
        _status,
        lambda parser: _window_arguments(parser, "?"),
    ),
    "doctor": Command(DOCTOR_HELP, _doctor),
    "watch": Command(
        "Look for what is wrong: open, update and close alerts, and tell people of what is new.",
        _watch,
    ),
    "alerts": Command("Open alerts, with what to do about each.", _alerts, _alerts_arguments),
    "alerts ack": Command(
        "Say that an alert is known: it stays in the list, nobody is told of it any more.",
        _alerts_ack,
        _ack_arguments,
    ),
    "mend": Command(MEND_HELP, _mend),
    "upkeep": Command(UPKEEP_HELP, _upkeep, _upkeep_arguments),
    "restore": Command(RESTORE_HELP, _restore, _restore_arguments),
    "tables": Command("The paper's Tables 1 and 2 for a window.", _tables, _tables_arguments),
    "figures": Command(
        "Draw figures of a window: PNG, SVG, or a page that opens offline.",
        _figures,
        _figures_arguments,
    ),
    "report": Command(
        "Write all figures and tables of a window into one page that opens offline, and as JSON.",
        _report,
        _report_arguments,
    ),
    "publish": Command(
        "Publish marts and small core tables as one plain DuckDB file, in GRIDLENS_HOME/published.",
        _publish,
        _keep_argument,
    ),
    "sql": Command("Ask the warehouse, read-only.", _sql, _sql_arguments),
    "init-file": Command("Write the file that opens the warehouse in DuckDB's shell.", _init_file),
    "explain": Command(
        "Say in words why a job's transfers did or did not match.", _explain, _explain_arguments
    ),
    "load": Command("Load any export into slices, all the days it holds.", _load, _load_arguments),
    "match": Command(pipelines.MATCH_HELP, _match, _match_arguments),
    "generator fit": Command(FIT_HELP, _generator_fit, _fit_arguments),
    "generator drift": Command(
        "How far the last three whole days are from those that the champion learned from.",
        _generator_drift,
    ),
    "generator list": Command("The generator's snapshots; * is the champion.", _generator_list),
    "generator show": Command("The model card of a snapshot.", _generator_show, _snapshot_argument),
    "generator promote": Command(
        "Draw from this snapshot from now on, if it has passed the gate.",
        _generator_promote,
        _snapshot_argument,
    ),
    "generator rollback": Command(
        "Draw from the champion before this one again.", _generator_rollback
    ),
    "generate": Command(
        "Draw jobs of days to come from the champion, into a Parquet file.",
        _generate,
        _generate_arguments,
    ),
    "twin serve": Command(
        "Run an OpenSearch on this machine until Ctrl-C.", _twin_serve, _serve_arguments
    ),
    "twin publish": Command(PUBLISH_HELP, _twin_publish, _publish_arguments),
}


def _parser() -> Parser:
    parser = argparse.ArgumentParser(
        prog="gridlens",
        description="A daily warehouse of how PanDA jobs and Rucio transfers meet.",
        epilog="GRIDLENS_HOME is the folder of slices, warehouse and sources.toml (default: data).",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        added = commands.add_parser(
            name,
            help=command.about.splitlines()[0],
            description=command.about,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.set_defaults(run=command.run)
        command.arguments(added)
    return parser
