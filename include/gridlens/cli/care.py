"""What is wrong, whom to tell of it, and how it is mended."""

from __future__ import annotations

import argparse

from gridlens import pipelines
from gridlens.cli.command import Command, Parser
from gridlens.settings import Settings

EXIT_FINDINGS = 1

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


COMMANDS: dict[str, Command] = {
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
}
