"""The generator: fit, judge, promote, draw."""

from __future__ import annotations

import argparse
from pathlib import Path

from gridlens import pipelines
from gridlens.cli.command import Command, Parser, pair
from gridlens.errors import InputError
from gridlens.settings import Settings
from gridlens.window import Day, Window

FIT_HELP = """\
Fit models of the workload, judge each, and keep it as a snapshot with its verdict.

The champion, from which `gridlens generate` draws, stays until another is promoted."""

MOST_SEEDS = 2**31  # what all libraries take, a few steps on, too


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
        shares={name: _share(text) for name, text in map(pair, given.site_share)},
        fixed=dict(map(pair, given.fixed)),
        seed=given.seed,
    )
    print(pipelines.generate(settings, wish, given.output, given.documents).summary())


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


COMMANDS: dict[str, Command] = {
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
}
