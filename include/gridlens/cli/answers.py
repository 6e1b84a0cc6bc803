"""What people ask the warehouse, and the matching of their own files."""

from __future__ import annotations

import argparse
from pathlib import Path

from gridlens import pipelines
from gridlens.cli.command import Command, Parser, pair, window_arguments
from gridlens.settings import Settings
from gridlens.window import Window

FILTER_HELP = """\
a filter, such as at_site=BNL-ATLAS; repeatable; each figure and table takes those that its mart
has (docs/analysts.md)"""


def _sql(given: argparse.Namespace, settings: Settings) -> None:
    pipelines.print_query(settings, given.query, given.format)


def _tables(given: argparse.Namespace, settings: Settings) -> None:
    window = Window.parse(given.first, given.end)
    print(pipelines.paper_tables(settings, window, given.population))


def _figures(given: argparse.Namespace, settings: Settings) -> None:
    window = Window.parse(given.first, given.end)
    arguments = dict(pair(text) for text in given.with_)
    for path in pipelines.draw_figures(settings, window, given.names, given.output, arguments):
        print(path)


def _report(given: argparse.Namespace, settings: Settings) -> None:
    window = Window.parse(given.first, given.end)
    arguments = dict(pair(text) for text in given.with_)
    print(pipelines.write_report(settings, window, given.output, arguments, print).summary())


def _publish(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.publish_file(settings, kept=given.keep).summary())


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


def _tables_arguments(parser: Parser) -> None:
    window_arguments(parser)
    parser.add_argument("--population", choices=("user", "production", "all"), default="user")


def _figures_arguments(parser: Parser) -> None:
    window_arguments(parser)
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


def _sql_arguments(parser: Parser) -> None:
    parser.add_argument("query", metavar="QUERY")
    parser.add_argument("--format", choices=("table", "csv"), default="table")


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


COMMANDS: dict[str, Command] = {
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
    "match": Command(pipelines.MATCH_HELP, _match, _match_arguments),
}
