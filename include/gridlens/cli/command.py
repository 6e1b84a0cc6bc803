"""What a command is, and what several of them are given."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from gridlens.errors import InputError
from gridlens.settings import Settings

Parser: TypeAlias = argparse.ArgumentParser
Run: TypeAlias = Callable[[argparse.Namespace, Settings], int | None]


@dataclass(frozen=True)
class Command:
    """One command: what it does, in words and in code, and what it is given."""

    about: str
    run: Run
    arguments: Callable[[Parser], None] = lambda parser: None


def window_arguments(parser: Parser, nargs: str | None = None) -> None:
    """Give the command the days of a window."""
    parser.add_argument("first", metavar="FROM", nargs=nargs, help="first day, YYYY-MM-DD")
    parser.add_argument("end", metavar="TO", nargs=nargs, help="first day no longer included")


def pair(text: str) -> tuple[str, str]:
    """The two sides of ``NAME=VALUE``.

    Raises:
        InputError: the text is not written so.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"'{text}' must read NAME=VALUE, such as at_site=BNL-ATLAS")
    return name, value
