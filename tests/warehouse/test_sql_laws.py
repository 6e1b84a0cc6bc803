"""What holds for the text of every model, so that DuckDB and Spark read it alike."""

import re

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from gridlens.matching import V1
from gridlens.pipelines.models import models
from gridlens.warehouse import Model, in_order
from gridlens.warehouse.binding import bind
from gridlens.warehouse.macros import macro_sql

MODELS = models(V1)

# Each was seen to give other rows, or none, in Spark; what to write instead is beside it.
DIFFERS = {
    r"\blist\s*\([^)]*order by": "list_sort(list(x))",
    r"\b(percentile|quantile)_(cont|disc)\b": "a rank written out",
    r"\bquantile\b": "a rank written out",
    r"\bisodow\b": "a table of days",
    r"\bepoch\s*\([^)]*\)\s*//": "floor of a division",
    r"//": "floor of a division",
    r"\bdate_diff\b|\bdatediff\b|\bdate_sub\b": "a difference of seconds since 1970",
    r"\bcolumns\s*\(": "the columns by name",
    r"\*\s*replace\b": "the columns by name",
    r"\basof\b": "a join and a window function",
    r"\b(un)?pivot\b": "sums with filters",
    r"\btime_bucket\b": "date_trunc",
    r"\blen\s*\(": "length, or array_length for lists",
    r"\bas int(eger)?\)": "cast(round(x) as bigint)",
}
CLOCK = re.compile(r"\b(now|today|current_\w+|localtime\w*|get_current_\w+|random|uuid)\b", re.I)


def without_texts(sql: str) -> str:
    return re.sub(r"'[^']*'|--[^\n]*", "''", sql)


@pytest.fixture(params=sorted(MODELS))
def model(request: pytest.FixtureRequest) -> Model:
    return MODELS[request.param]


def parsed(model: Model) -> exp.Expr:
    statements = sqlglot.parse(model.sql, read="duckdb")
    assert len(statements) == 1
    assert statements[0] is not None
    return statements[0]


def test_a_model_is_one_select_that_spark_can_parse(model: Model) -> None:
    statement = parsed(model)
    assert isinstance(statement, exp.Query)
    spark = statement.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    assert len(sqlglot.parse(spark, read="spark")) == 1


def test_a_model_reads_the_tables_that_its_header_names_and_no_other(model: Model) -> None:
    # a window mart that is called has its name on the call
    found = {f"{t.db}.{t.name or t.this.name}" for t in parsed(model).find_all(exp.Table) if t.db}
    own = {cte.alias for cte in parsed(model).find_all(exp.CTE)}
    nameless = {t.name for t in parsed(model).find_all(exp.Table) if not t.db and t.name}
    assert found == set(model.reads)
    assert nameless <= own


def test_a_model_keeps_to_what_both_engines_read_alike(model: Model) -> None:
    text = without_texts(model.sql)
    found = {p: instead for p, instead in DIFFERS.items() if re.search(p, text, re.I)}
    assert found == {}


def test_a_model_has_no_clock_and_no_chance(model: Model) -> None:
    assert CLOCK.findall(without_texts(model.sql)) == []


def test_key_words_are_in_lower_case(model: Model) -> None:
    words = r"\b(SELECT|FROM|WHERE|JOIN|GROUP BY|ORDER BY|WITH|AS|AND|OR|CASE|WHEN|NULL)\b"
    assert re.findall(words, without_texts(model.sql)) == []


def test_an_argument_of_a_window_mart_is_never_taken_for_a_column(model: Model) -> None:
    names = {column.name for column in parsed(model).find_all(exp.Column) if not column.table}
    taken = set() if model.day else names & set(model.parameters)
    assert taken == set()


def test_all_models_bind_and_give_the_columns_they_document() -> None:
    ordered = in_order(MODELS.values())
    assert set(bind(tuple(ordered))) == set(MODELS)


def test_window_marts_become_macros() -> None:
    with duckdb.connect(":memory:") as con:
        con.execute("create schema mart; create schema core; create schema raw")
        for model in MODELS.values():
            if model.day is None:
                assert sqlglot.parse_one(model.sql, read="duckdb")
                assert "$" not in re.sub(r"'[^']*'", "", macro_sql(model))
