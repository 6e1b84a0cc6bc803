"""`gridlens …`: the pipelines from a shell, without Airflow."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

import duckdb

from gridlens.cli import answers, care, days, twin, workload
from gridlens.cli.command import Command, Parser, Run
from gridlens.errors import GridlensError, Transient
from gridlens.settings import Settings
from gridlens.stop import stoppable

EXIT_PERMANENT = 2
EXIT_TRANSIENT = 75  # sysexits.h, EX_TEMPFAIL: trying again may help

COMMANDS: dict[str, Command] = {
    **days.COMMANDS,
    **care.COMMANDS,
    **answers.COMMANDS,
    **workload.COMMANDS,
    **twin.COMMANDS,
}


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
