"""One SQL file is one table: its SELECT, and the header that a machine reads. No I/O."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from gridlens.errors import ModelError
from gridlens.tables import TABLES
from gridlens.warehouse.filters import FILTERS, Argument, shared_arguments, spelled_out

_ONCE = ("grain", "reads", "day", "like", "filters")
_MANY = ("argument", "column", "fail", "warn")
_KEY = re.compile(r"([a-z_]+):(?: +(.*))?$")
_ARGUMENT = re.compile(r"(\w+) = ('[^']*')(?: of ('[^|]*'))? \| (.+)$")
_PARAMETER = re.compile(r"\$([a-z_]\w*)")
_WINDOW = ("window_start", "window_end")


@dataclass(frozen=True)
class Model:
    """A table of the warehouse as its SQL file describes it.

    Attributes:
        name: ``core.jobs``.
        meaning: prose of the header.
        grain: columns that tell rows apart.
        reads: tables that the SELECT reads, and no other.
        day: day column of a table that is replaced by day; None for a window mart.
        like: canonical table that documents the columns that have no line of their own.
        filters: kinds of rows that a window mart chooses by shared arguments: jobs, transfers,
            links, of which both directions are chosen together, or tasks or sites, where a row
            has no job of its own.
        arguments: of a window mart, beside its two days; those of its filters come first.
        columns: meaning by column; it may document more than the SELECT gives, through ``like``.
        declared: columns with a line of their own, which the SELECT must give.
        fails: rules on a row; a row where one is not true stops the load.
        warns: the same, but only reported.
        sql: the SELECT.
        fingerprint: changes when the SELECT does: days made by another text are stale.
    """

    name: str
    meaning: str
    grain: tuple[str, ...]
    reads: tuple[str, ...]
    day: str | None
    like: str | None
    filters: tuple[str, ...]
    arguments: tuple[Argument, ...]
    columns: Mapping[str, str] = field(hash=False)
    declared: tuple[str, ...]
    fails: tuple[str, ...]
    warns: tuple[str, ...]
    sql: str
    fingerprint: str

    @classmethod
    def parse(cls, text: str, name: str) -> Model:
        """Read one SQL file.

        Raises:
            ModelError: the header has an unknown key, or lacks one, or the text is not one SELECT.
        """
        header, sql = _split(text)
        meaning, keys = _header(header, name)
        for key in keys:
            if key not in _ONCE + _MANY:
                raise ModelError(f"{name}: unknown header key '{key}'; known: {_known_keys()}")
            if key in _ONCE and len(keys[key]) > 1:
                raise ModelError(f"{name}: header key '{key}' stands there twice")
        declared = dict(_pair(line, name) for line in keys.get("column", ()))
        filters = _filters(keys, name)
        sql = spelled_out(sql)
        like = _one(keys, "like")
        model = cls(
            name=name,
            meaning=meaning,
            grain=_names(_one(keys, "grain")),
            reads=_names(_one(keys, "reads")),
            day=_one(keys, "day"),
            like=like,
            filters=filters,
            arguments=(
                *shared_arguments(filters),
                *(_argument(line, name) for line in keys.get("argument", ())),
            ),
            columns={**_documented(like, name), **declared},
            declared=tuple(declared),
            fails=tuple(keys.get("fail", ())),
            warns=tuple(keys.get("warn", ())),
            sql=sql,
            fingerprint=hashlib.sha256(sql.encode()).hexdigest()[:16],
        )
        model._check()
        return model

    @property
    def schema(self) -> str:
        """``core`` or ``mart``."""
        return self.name.partition(".")[0]

    @property
    def parameters(self) -> tuple[str, ...]:
        """What the SELECT may name with a ``$``."""
        return ("day",) if self.day else (*_WINDOW, *(a.name for a in self.arguments))

    def bound(self, values: Mapping[str, str]) -> str:
        """The SELECT with SQL text in the place of every ``$name``."""
        return _PARAMETER.sub(lambda found: values[found[1]], self.sql)

    def _check(self) -> None:
        problems = {
            "has no prose before its first key": not self.meaning,
            "has no 'grain:'": not self.grain,
            "is not named schema.table in core or mart": self.schema not in ("core", "mart"),
            "has no SELECT": not re.match(r"(select|with)\b", self.sql),
            "holds ';': one SELECT and nothing else": ";" in self.sql,
            "has arguments, which only a window mart takes": self.day and self.arguments,
            "lies outside mart and has no 'day:'": not self.day and self.schema != "mart",
        }
        for problem, is_there in problems.items():
            if is_there:
                raise ModelError(f"{self.name}: the model {problem}")
        unknown = set(_PARAMETER.findall(self.sql)) - set(self.parameters)
        if unknown:
            raise ModelError(
                f"{self.name}: unknown parameter ${min(unknown)}; "
                f"it may use {', '.join('$' + p for p in self.parameters)}"
            )


def in_order(models: Iterable[Model]) -> list[Model]:
    """The models so that each comes after those it reads.

    Raises:
        ModelError: two models wait for each other.
    """
    by_name = {model.name: model for model in sorted(models, key=lambda m: m.name)}
    sorter = TopologicalSorter(
        {m.name: [r for r in m.reads if r in by_name] for m in by_name.values()}
    )
    try:
        return [by_name[name] for name in sorter.static_order()]
    except CycleError as error:
        raise ModelError(
            f"models read each other in a circle: {' → '.join(error.args[1])}"
        ) from None


def _split(text: str) -> tuple[list[str], str]:
    lines = text.strip().splitlines()
    end = next((n for n, line in enumerate(lines) if not line.startswith("--")), len(lines))
    return [line[2:] for line in lines[:end]], "\n".join(lines[end:]).strip()


def _header(lines: Iterable[str], name: str) -> tuple[str, dict[str, list[str]]]:
    """The prose, and the lines of each key; a line set in by three spaces continues the last."""
    prose: list[str] = []
    keys: dict[str, list[str]] = {}
    last: list[str] = []
    for line in lines:
        text = line.strip()
        found = _KEY.match(text)
        if line.startswith("   ") and keys:
            last[-1] = f"{last[-1]} {text}"
        elif found and (keys or found[1] in _ONCE + _MANY):
            last = keys.setdefault(found[1], [])
            last.append((found[2] or "").strip())
        elif keys:
            raise ModelError(f"{name}: header line '{text}' has no key; known: {_known_keys()}")
        else:
            prose.append(text)
    return " ".join(prose).strip(), keys


def _known_keys() -> str:
    return ", ".join(_ONCE + _MANY)


def _one(keys: Mapping[str, list[str]], key: str) -> str | None:
    return keys[key][0] or None if key in keys else None


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _filters(keys: Mapping[str, list[str]], name: str) -> tuple[str, ...]:
    filters = _names(_one(keys, "filters"))
    for unknown in set(filters) - FILTERS.keys():
        raise ModelError(f"{name}: 'filters: {unknown}' is none of {', '.join(FILTERS)}")
    return filters


def _pair(line: str, name: str) -> tuple[str, str]:
    column, bar, meaning = (part.strip() for part in line.partition("|"))
    if not (column and bar and meaning):
        raise ModelError(f"{name}: 'column: {line}' must read 'column: name | meaning'")
    return column, meaning


def _argument(line: str, name: str) -> Argument:
    found = _ARGUMENT.match(line)
    if not found:
        raise ModelError(f"{name}: 'argument: {line}' must read \"name = 'default' | meaning\"")
    return Argument(found[1], found[2], found[4], found[3])


def _documented(like: str | None, name: str) -> dict[str, str]:
    if like is None:
        return {}
    if like not in TABLES:
        raise ModelError(f"{name}: 'like: {like}' names no canonical table")
    return {
        column.name: f"{column.meaning} [{column.unit}]" if column.unit else column.meaning
        for column in TABLES[like].slice_columns
    }
