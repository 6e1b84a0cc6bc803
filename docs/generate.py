"""Write the pages that are made from the code; ``--check`` only says whether they are true."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from gridlens.charts import CHAPTERS, Figure
from gridlens.cli import COMMANDS, main
from gridlens.matching import V1
from gridlens.pipelines.models import models
from gridlens.quality import contract
from gridlens.tables import TABLES, Table
from gridlens.warehouse import (
    RAW_TABLES,
    VIEWS,
    Model,
    bind,
    in_order,
)

DOCS = Path(__file__).parent
TESTS = DOCS.parent / "tests"
NOTE = "<!-- made by docs/generate.py: edit the code it is made from, then run `make docs` -->"
PAIR = ("column", "meaning")
TYPED = ("column", "type", "meaning")
FLAGS = {"no": "", "hashed": "keyed hash", "declared": "yes, kept: the join needs it"}


def tables_page() -> str:
    """The canonical tables, as they rest in the slices."""
    parts = [
        "# Canonical tables",
        NOTE,
        "Every slice has these columns, whatever it was read from. Times are naive UTC; a number "
        "under *missing* means *not recorded* and becomes NULL. The texts `''`, `null`, `none`, "
        "`nan` and `unknown` (any case) are NULL everywhere. *Personal* says what becomes of a "
        "field that can name a person.",
    ]
    parts += [_table(table) for table in TABLES.values()]
    return "\n\n".join(parts) + "\n"


def _table(table: Table) -> str:
    how = {
        "time": f"its first given time of: {', '.join(table.day_from)}",
        "job": "its job",
        "dump": "the dump it stands in",
    }[table.cut]
    rows = [
        (
            f"`{c.name}`",
            c.type,
            c.unit,
            ", ".join(f"{m:g}" for m in c.missing),
            FLAGS[c.personal],
            c.meaning,
        )
        for c in table.slice_columns
    ]
    return (
        f"## {table.name}\n\n{table.meaning} One row is {table.grain}. "
        f"Key: {', '.join(f'`{k}`' for k in table.key)}. "
        f"A row belongs to the day of {how}.\n\n"
        + _grid(("column", "type", "unit", "missing", "personal", "meaning"), rows)
    )


def warehouse_page(found: Iterable[Model] = tuple(models(V1).values())) -> str:
    """The tables of the warehouse, from the headers of their SQL.

    Raises:
        ModelError: a SELECT gives a column that its header does not document.
    """
    parts = [
        "# Warehouse dictionary",
        NOTE,
        "`raw` holds what was received and what became of it; `core` one name for each thing, in "
        "UTC and plain units; `mart` the answers. A name with arguments is a table macro: "
        "`select * from mart.activity_matches(date '2025-04-01', date '2025-04-09')`.",
    ]
    for table in RAW_TABLES.values():
        rows = [(f"`{c.name}`", c.meaning) for c in table.columns]
        parts.append(f"## raw.{table.name}\n\n{table.meaning}\n\n" + _grid(PAIR, rows))
    parts.append(
        "## raw.<table>\n\nFor each [canonical table](tables.md), its rows as they rest in the "
        "slices that were loaded, with their day."
    )
    for view in VIEWS:
        rows = [(f"`{c.name}`", c.type.lower(), c.meaning) for c in view.columns]
        reads = f"A view of {', '.join(view.reads)}."
        parts.append(f"## {view.name}\n\n{view.meaning} {reads}\n\n" + _grid(TYPED, rows))
    ordered = in_order(found)
    types = bind(tuple(ordered))
    for model in ordered:
        arguments = "".join(f", {a.name} := {a.default}" for a in model.arguments)
        name = model.name if model.day else f"{model.name}(window_start, window_end{arguments})"
        given = types[model.name].items()
        rows = [(f"`{column}`", type_.lower(), model.columns[column]) for column, type_ in given]
        kept = f" Replaced by `{model.day}`." if model.day else ""
        parts.append(
            f"## {name}\n\n{model.meaning}{kept} Grain: {', '.join(model.grain)}. "
            f"Reads: {', '.join(model.reads)}.\n\n" + _arguments(model) + _grid(TYPED, rows)
        )
    return "\n\n".join(parts) + "\n"


def _arguments(model: Model) -> str:
    rows = [(f"`{a.name} := {a.default}`", a.meaning) for a in model.arguments]
    return _grid(("argument", "meaning"), rows) + "\n\n" if rows else ""


def figures_page() -> str:
    """The figures, in the chapters of the report, with their pictures."""
    parts = [
        "# Figures",
        NOTE,
        "What `gridlens report` shows of any window, each figure drawn from the rows of one mart. "
        "`gridlens figures 2025-04-01 2025-04-09 NAME --output NAME.png` draws one, also as SVG or "
        "as a page; `--with at_site=BNL-ATLAS` chooses as the mart's arguments do. The pictures "
        "are of the demo's eight simulated days (`make pictures`), not of a real grid.",
    ]
    for title, figures in CHAPTERS.items():
        parts += [f"## {title}", *(_figure(figure) for figure in figures)]
    return "\n\n".join(parts) + "\n"


def _figure(figure: Figure) -> str:
    given = "".join(f", `{name} := '{value}'`" for name, value in figure.arguments.items())
    return (
        f"### {figure.title}\n\n`{figure.name}`: {figure.source}. From `{figure.mart}`{given}.\n\n"
        f"{figure.definition}\n\n![{figure.title}](pictures/{figure.name}.png)"
    )


def quality_page() -> str:
    """Rules and measures with their bounds, from the contracts."""
    parts = [
        "# Quality rules and measures",
        NOTE,
        "A row rule flags a row or sends it to the quarantine; a table rule warns, or stops the "
        "day before the warehouse is touched. A measure is one number of a whole slice, taken of "
        "all its rows; outside its bounds it warns, or stops the day. The contracts are in "
        "`gridlens/quality/contracts/`; [a file of your own](operators/change-a-threshold.md) "
        "changes bounds of measures. Each day's outcome is in `raw.check_results`, in "
        "`raw.expectation_results` and, as a Great Expectations suite made from the contract, on "
        "the pages `data_docs/<day>/index.html` below `GRIDLENS_HOME`.",
        "A distance is that of Jensen and Shannon, 0 to 1 (J. Lin, IEEE Trans. Inf. Theory 37, "
        "1991, sec. IV; its root: Endres and Schindelin, ibid. 49, 2003): the square root of "
        "H((P + Q) / 2) - (H(P) + H(Q)) / 2 in bits, with P the day's distribution and Q that of "
        "the earlier days together. *Earlier days* are those of the 14 before whose slice has "
        "rows; with fewer than 3 of them what compares with them has no value, and passes.",
    ]
    for name in TABLES:
        rules = contract(name)
        rows = [
            *((f"`{r.name}`", r.then, f"`{r.when}`", r.because) for r in rules.row_rules),
            *((f"`{r.name}`", r.level, f"`{r.expect}`", r.because) for r in rules.table_rules),
        ]
        head = ("rule", "does", "row rule: when; table rule: unless", "because")
        measures = [
            (f"`{m.name}`", m.meaning, str(m.warn), str(m.fail), m.because) for m in rules.measures
        ]
        parts.append(f"## {name}\n\n" + _grid(head, rows))
        parts.append(
            _grid(("measure", "meaning", "warns unless", "fails unless", "because"), measures)
        )
    return "\n\n".join(parts) + "\n"


def commands_page() -> str:
    """What each command says of itself."""
    parts = ["# Commands", NOTE]
    for name in ("", *COMMANDS):
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
            main([*name.split(), "--help"])
        parts.append(f"## gridlens {name}".rstrip() + f"\n\n```\n{out.getvalue().rstrip()}\n```")
    return "\n\n".join(parts) + "\n"


def reliability_page(tests: Path = TESTS) -> str:
    """What may go wrong, what must hold then, and the tests that show it.

    Raises:
        SystemExit: no test shows a case that is due, or one names a case that is not there.
    """
    shown = defaultdict(list)
    for case, line in _named_tests(tests):
        shown[case].append(line)
    cases = tomllib.loads((TESTS / "bar.toml").read_text())["case"]
    if lacking := {case["number"] for case in cases if case.get("due")} - shown.keys():
        sys.exit(f"no test shows these cases of tests/bar.toml: {sorted(lacking)}")
    if unknown := shown.keys() - {case["number"] for case in cases}:
        sys.exit(f"tests name cases that tests/bar.toml has not: {sorted(unknown)}")
    parts = [
        "# Reliability",
        NOTE,
        "What may go wrong, what must hold when it does, and the tests that show it. Those that "
        "are *nightly* run at full size, by `make nightly`.",
    ]
    for case in cases:
        tests_of_case = "\n".join(shown[case["number"]]) or "Not yet."
        parts += [f"## {case['number']}. {case['fault']}", case["holds"], tests_of_case]
    return "\n\n".join(parts) + "\n"


def _named_tests(tests: Path) -> Iterator[tuple[int, str]]:
    """Every case that a test names by its mark `bar`, with a line on the test."""
    for path in sorted(tests.rglob("test_*.py")):
        for test in ast.parse(path.read_text()).body:
            if not isinstance(test, ast.FunctionDef):
                continue
            marks = [ast.unparse(mark) for mark in test.decorator_list]
            words = test.name.removeprefix("test_").replace("_", " ")
            when = ", *nightly*" if "pytest.mark.slow" in marks else ""
            line = f"- [{words}](../{path.relative_to(tests.parent)}){when}"
            for case in re.findall(r"\d+", "".join(m for m in marks if ".bar(" in m)):
                yield int(case), line


def _grid(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [tuple(head), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    lines.insert(1, ("--",) * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


PAGES: dict[str, Callable[[], str]] = {
    "tables.md": tables_page,
    "warehouse.md": warehouse_page,
    "figures.md": figures_page,
    "quality.md": quality_page,
    "commands.md": commands_page,
    "reliability.md": reliability_page,
}

if __name__ == "__main__":
    os.environ["COLUMNS"] = "100"  # the width that argparse writes its help for
    wrong = []
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if not path.exists() or path.read_text() != text:
            wrong.append(name)
            if "--check" not in sys.argv:
                path.write_text(text)
    if wrong and "--check" in sys.argv:
        sys.exit(f"not what the code says: {', '.join(wrong)} in docs/; run `make docs`")
