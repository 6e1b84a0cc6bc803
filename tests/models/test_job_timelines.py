"""What a timeline is asked for must be a job or a case."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pytest
from model_files import DAY, Types, ask


def test_a_misspelt_case_is_an_error_and_no_empty_answer(column_types: Mapping[str, Types]) -> None:
    given = {"core.jobs": [{"pandaid": 5, "job_day": DAY}]}
    with pytest.raises(duckdb.ConversionException, match="dominatd"):
        ask("mart.job_timelines", given, column_types, of_job="dominatd")


def test_a_case_that_no_job_shows_is_an_empty_answer(column_types: Mapping[str, Types]) -> None:
    given = {"core.jobs": [{"pandaid": 5, "job_day": DAY}]}
    assert ask("mart.job_timelines", given, column_types, of_job="spanning") == []
