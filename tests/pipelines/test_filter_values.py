"""A filter of a value that the window does not have is refused, and never told as zeros."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from small_grid import ask

from gridlens.errors import InputError
from gridlens.pipelines import draw_figures, figure, write_report
from gridlens.pipelines.figures import figure_named, figure_words
from gridlens.pipelines.filter_values import filters_in_words
from gridlens.settings import Settings
from gridlens.warehouse import shared_filters
from gridlens.window import Window

DAYS = Window.parse("2025-04-01", "2025-04-04")
VALUES = "mart.filter_values('2025-04-01', '2025-04-04')"


def test_an_unknown_value_is_refused_in_one_line_and_nothing_is_written(
    warehouse: Settings, tmp_path: Path
) -> None:
    says = re.escape(f"gridlens sql \"from {VALUES} where argument = 'at_site'\"")
    says = f"^no at_site is 'BNL' in 2025-04-01..2025-04-04; closest: BNL-ATLAS.*; all: {says}$"
    unknown = {"population": "all", "at_site": "BNL"}
    with pytest.raises(InputError, match=says):
        list(draw_figures(warehouse, DAYS, [], tmp_path / "pictures", unknown))
    with pytest.raises(InputError, match=says):
        write_report(warehouse, DAYS, tmp_path / "report.html", unknown)
    with pytest.raises(InputError, match=says):
        figure(warehouse, "job_status_shares", DAYS, **unknown)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("with_activity", "analysis download", "closest: Analysis Download, "),
        ("at_queue", "@", "there are: "),
        ("at_tier", "T2", "closest: 2; "),
        ("from_site", "bnl-atlas", "no from_site .* closest: BNL-ATLAS.* argument = 'at_site'"),
    ],
)
def test_what_is_meant_is_named_or_else_what_is_used_most(
    warehouse: Settings, tmp_path: Path, name: str, value: str, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        write_report(warehouse, DAYS, tmp_path / "report.html", {name: value})


def test_every_open_filter_has_its_values(warehouse: Settings) -> None:
    listed = ask(warehouse, f"select distinct argument from {VALUES} order by argument")
    open_filters = sorted(a.name for a in shared_filters() if a.allowed is None)
    assert [name for (name,) in listed] == open_filters


def test_the_jobs_of_a_value_are_those_that_its_filter_chooses(warehouse: Settings) -> None:
    values = ask(
        warehouse, f"select argument, value, jobs from {VALUES} where argument <> 'with_activity'"
    )
    shares = "mart.job_status_shares('2025-04-01', '2025-04-04', population := 'all'"
    union = " union all ".join(
        f"select '{name}', '{value}', cast(sum(jobs) as bigint) from {shares}, {name} := '{value}')"
        f" where jobstatus <> 'Total'"
        for name, value, _ in values
    )
    assert sorted(ask(warehouse, union)) == sorted(values)


def test_the_words_of_the_filters_tell_the_given_and_the_defaults() -> None:
    told = filters_in_words({})
    assert told.startswith("population = user by default (jobs of users, as in the papers); ")
    assert "with_resource_type, at_queue, with_activity = all by default (any); " in told
    assert told.endswith("mart.dataset_size_histogram: population = all by default (every dataset)")
    given = filters_in_words(
        {"population": "all", "at_site": "A", "in_cloud": "B", "method": "rm1"}
    )
    assert given == (
        "population = all; at_site = A; in_cloud = B; method = rm1; "
        "at_tier, in_country, with_resource_type, at_queue, with_activity = all by default (any)"
    )


def test_a_picture_says_which_filters_its_mart_does_not_take() -> None:
    volumes = figure_named("site_transfer_volumes")
    given = {"at_site": "BNL-ATLAS", "at_queue": "BNL"}
    assert figure_words(volumes, DAYS, given).endswith("; not filtered by at_queue")
    assert "not filtered" not in figure_words(volumes, DAYS, {})
