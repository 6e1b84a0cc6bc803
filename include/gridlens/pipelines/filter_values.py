"""The filters of figures and reports: held against what the window has, and told in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

import duckdb

from gridlens.errors import InputError
from gridlens.matching import V1
from gridlens.pipelines.mart_rows import mart_query, rows_of
from gridlens.pipelines.models import models
from gridlens.warehouse import Argument, shared_filters
from gridlens.window import Window

VALUES = "mart.filter_values"
ENDS = {"from_site": "at_site", "to_site": "at_site"}
"""Filters of a single mart that take the values of a shared one."""
MOST_NAMED = 3
NEAR = 0.4  # 'BNL' is no nearer to 'BNL-ATLAS' than 0.5


def require_values(
    lake: duckdb.DuckDBPyConnection, window: Window, arguments: Mapping[str, str]
) -> None:
    """Refuse a site, queue or the like that the window does not have: it would pass for zeros.

    Of a window without any day nothing is known, and nothing is refused.

    Raises:
        InputError: there is no such value; the closest are named, else those with the most rows.
    """
    lists = {a.name: a.name for a in shared_filters() if a.allowed is None} | ENDS
    asked = {k: v for k, v in arguments.items() if k in lists and v != "all"}
    if not asked:
        return
    known: dict[str, list[str]] = {}
    for row in rows_of(lake, mart_query(VALUES, window, order="jobs + transfers desc")):
        known.setdefault(row["argument"], []).append(row["value"])
    for name, value in asked.items():
        values = known.get(lists[name], [])
        if known and value not in values:
            raise InputError(
                f"no {name} is '{value}' in {window}; {_suggested(value, values)}; all: gridlens "
                f"sql \"from {VALUES}('{window.first}', '{window.end}') "
                f"where argument = '{lists[name]}'\""
            )


def _suggested(value: str, known: Sequence[str]) -> str:
    """The closest of the values, in any case of letters; else the first."""
    by_text = {text.casefold(): text for text in known}
    near = get_close_matches(value.casefold(), by_text, MOST_NAMED, NEAR)
    if near:
        return f"closest: {', '.join(by_text[text] for text in near)}"
    return f"there are: {', '.join(known[:MOST_NAMED]) or 'none'}"


def filters_in_words(given: Mapping[str, str]) -> str:
    """The filters given, and what holds where none is: the shared defaults, and who has others."""
    told = [f"{name} = {value}" for name, value in given.items()]
    left = [argument for argument in shared_filters() if argument.name not in given]
    return "; ".join([*told, *_defaults(left), *_exceptions(left)])


def _defaults(left: Sequence[Argument]) -> Iterator[str]:
    """By default: those that mean the same stand together."""
    names: dict[str, list[str]] = {}
    for argument in left:
        says = f"{argument.default_value} by default ({argument.default_meaning})"
        names.setdefault(says, []).append(argument.name)
    return (f"{', '.join(found)} = {says}" for says, found in names.items())


def _exceptions(left: Sequence[Argument]) -> Iterator[str]:
    """The marts whose own default is another one."""
    shared = {argument.name: argument.default for argument in left}
    for model in models(V1).values():
        for own in model.arguments:
            if own.default != shared.get(own.name, own.default):
                says = f"{own.default_value} by default ({own.default_meaning})"
                yield f"{model.name}: {own.name} = {says}"
