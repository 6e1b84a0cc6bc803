"""A table's contract as a Great Expectations suite, run on the measures of one slice.

The suite is made from the contract and from nothing else. Its batch is one row: the number of rows
that each row rule met, whether each table rule is kept (1 or 0), and the measures, all of them
exact and of the whole slice, however large that is.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from html import escape
from types import ModuleType
from typing import Any

from gridlens.errors import ContractBroken
from gridlens.quality.judgement import Judgement
from gridlens.quality.measure import Measured
from gridlens.quality.result import CheckResult

# What a measure is held by, and one that could not be taken.
EXPECTATION = "expect_column_max_to_be_between"
NOT_MEASURED = "expect_column_values_to_be_null"
# How a level of the contract is called there.
SEVERITY = {"fail": "critical", "warn": "warning", "flag": "info", "quarantine": "info"}


def great_expectations() -> ModuleType:
    """The package, which takes seconds to import: only where it is used."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read on import; it would tell its makers
    with warnings.catch_warnings():
        # It imports two inner modules of Python's `re` by names that will go, and says so.
        warnings.filterwarnings("ignore", "module 'sre_(constants|parse)'", DeprecationWarning)
        import great_expectations
    return great_expectations


def run_suite(context: Any, judgement: Judgement) -> Any:
    """Run the suite of a slice's contract as a checkpoint of ``context``.

    Returns:
        The checkpoint's result.

    Raises:
        ContractBroken: Great Expectations says other than the contract: a fault in this package.
    """
    gx = great_expectations()
    table, day = judgement.contract.table.name, judgement.day
    suite = gx.ExpectationSuite(name=table, expectations=list(expectations(judgement)))
    source = context.data_sources.add_or_update_pandas(name=table)
    batch = source.add_dataframe_asset(name="slice").add_batch_definition_whole_dataframe(str(day))
    definition = gx.ValidationDefinition(name=table, data=batch, suite=context.suites.add(suite))
    context.validation_definitions.add(definition)
    checkpoint = gx.Checkpoint(name=table, validation_definitions=[definition])
    result = context.checkpoints.add(checkpoint).run(
        batch_parameters={"dataframe": _frame(judgement)},
        run_id=gx.RunIdentifier(run_name=str(day), run_time=day.start),
    )
    if result.success == bool(judgement.told("warn") or judgement.told("fail")):
        raise ContractBroken(
            f"{table} {day}: Great Expectations judges other than contracts/{table}.toml; please "
            "report it with the day's data_docs"
        )
    return result


def expectations(judgement: Judgement) -> Iterator[Any]:
    """The contract as expectations, rules first; a measure has one for each kind of bounds."""
    because = {r.name: r.because for r in judgement.contract.row_rules}
    because |= {r.name: f"{r.expect}: {r.because}" for r in judgement.contract.table_rules}
    for result in judgement.rules:
        yield _of_rule(result, because[result.rule])
    for measured in judgement.measures:
        yield from _of_measure(measured)


def _of_rule(result: CheckResult, because: str) -> Any:
    # Only counts: the message may show keys of rows, which are nobody's business on a page.
    least = None if result.kind == "row" else 1.0
    counted = f"{result.rows} of {result.of_rows} rows" if result.rows else "no rows concerned"
    return _expected(result.rule, result.level, because, counted, low=least)


def _of_measure(measured: Measured) -> Iterator[Any]:
    measure = measured.measure
    if measured.value is None:
        gx = great_expectations()
        yield gx.expectations.ExpectColumnValuesToBeNull(
            column=measure.name,
            severity="info",
            description=_text(f"{measure.meaning} {measured.message}"),
        )
        return
    reason = f"because {measure.because}" if measure.because else "no bounds"
    bounds = {"warn": measure.warn, "fail": measure.fail}
    for level in [name for name, bound in bounds.items() if bound] or ["flag"]:
        bound = bounds.get(level)
        yield _expected(
            measure.name,
            level,
            measure.meaning,
            str(bound) if bound else "",
            reason,
            measured.note,
            low=bound.low if bound else None,
            high=bound.high if bound else None,
        )


def _expected(
    column: str, level: str, *said: str, low: float | None, high: float | None = None
) -> Any:
    """That the one value of a column lies between two bounds; its maximum is shown as observed."""
    return great_expectations().expectations.ExpectColumnMaxToBeBetween(
        column=column,
        min_value=low,
        max_value=high,
        severity=SEVERITY[level],
        description=_text("; ".join(line for line in said if line)),
        meta={"notes": [line for line in said if line]},
    )


def _text(said: str) -> str:
    """Text as its pages take it: they are HTML, and a dollar begins a name."""
    return escape(said, quote=False).replace("$", "$$")


def _frame(judgement: Judgement) -> Any:
    import pandas

    values: dict[str, float | None] = {
        r.rule: float(r.rows if r.kind == "row" else r.status == "pass") for r in judgement.rules
    }
    values |= {m.measure.name: m.value for m in judgement.measures}
    return pandas.DataFrame([values], dtype="float64")
