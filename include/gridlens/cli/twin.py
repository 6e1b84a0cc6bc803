"""The simulated grid's own OpenSearch."""

from __future__ import annotations

import argparse
from pathlib import Path

from gridlens import pipelines
from gridlens.cli.command import Command, Parser
from gridlens.settings import Settings

PUBLISH_HELP = """\
Load the twin's documents into OpenSearch, and read them from there.

Jobs, files and tasks go to the endpoint opensearch_panda, transfers to opensearch_rucio. A
sources.toml that reads them there is written into GRIDLENS_HOME, which must be another home
than that of the exports. Publishing again leaves the same documents."""


def _twin_serve(given: argparse.Namespace, settings: Settings) -> None:
    pipelines.serve(given.folder or settings.home / "opensearch", given.port, print)


def _twin_publish(given: argparse.Namespace, settings: Settings) -> None:
    print(pipelines.publish(settings, given.exports, progress=print).summary())


def _serve_arguments(parser: Parser) -> None:
    parser.add_argument("--port", type=int, default=9200, help="of HTTP, 1024 to 9299 (9200)")
    parser.add_argument("--folder", type=Path, help="of its data (opensearch in GRIDLENS_HOME)")


def _publish_arguments(parser: Parser) -> None:
    parser.add_argument("exports", metavar="HOME", type=Path, help="home of the twin's exports")


COMMANDS: dict[str, Command] = {
    "twin serve": Command(
        "Run an OpenSearch on this machine until Ctrl-C.", _twin_serve, _serve_arguments
    ),
    "twin publish": Command(PUBLISH_HELP, _twin_publish, _publish_arguments),
}
