"""What the figures of jobs, sites and errors say beside their bars."""

from __future__ import annotations

import pytest

from gridlens.charts import FIGURES, png, specification

UNKNOWN_BIN = {"bin": -2, "from_s": None, "to_s": None, "jobs": 1200, "jobs_ratio": 1.0}
QUANTILES = {"p50_s": None, "p90_s": None, "p99_s": None, "max_s": None}
ERRORS = {
    "position": 1,
    "component": "pilot",
    "code": 9999,
    "acronym": None,
    "codes": 1,
    "jobs": 3,
    "jobs_ratio": 0.75,
    "failed_jobs": 4,
    "uncoded_jobs": 1,
    "multi_error_jobs": 2,
    "sum_ratio": 1.17,
}


def said(name: str, *rows: dict[str, object]) -> str:
    """The specification as text, once the picture has been drawn."""
    chart = FIGURES[name].chart(rows)
    assert png(chart).startswith(b"\x89PNG")
    return str(specification(chart))


@pytest.mark.parametrize("name", ["cpu_time_histogram", "queue_time_histogram"])
def test_bins_that_a_logarithmic_axis_lacks_are_told_in_words(name):
    assert "not drawn: 0 at zero, 1,200 unknown" in said(name, UNKNOWN_BIN | QUANTILES)


def test_an_empty_dataset_is_not_told_from_one_of_unknown_size():
    sizes = {"bin": -2, "from_bytes": None, "to_bytes": None, "datasets": 3, "datasets_ratio": 1.0}
    text = said("dataset_size_histogram", sizes)
    assert "not drawn: 3 of unknown size, or empty" in text
    assert "at zero" not in text


def test_a_code_that_no_list_names_is_called_by_its_component():
    assert "pilot 9999" in said("error_shares", ERRORS)


def test_shares_of_errors_say_how_far_they_exceed_the_failed_jobs():
    text = said("error_shares", ERRORS)
    assert "4 failed jobs, 2 with several codes, 1 with none; the shares add up to 117%" in text


def test_core_hours_of_jobs_that_never_ran_are_drawn_without_a_share():
    row = {"position": 1, "combination": "no code", "acronym": None, "combinations": 1}
    text = said("wasted_core_hours", row | {"jobs": 2, "wasted_core_h": 0.0, "wasted_ratio": None})
    assert "'says': '2 jobs'" in text


def test_sites_that_stand_out_are_named_up_to_five():
    rows = [
        {"site": f"S{n}", "cores": 8, "gflops_per_core": 9, "gflops": 72.0, "is_outlier": True}
        for n in range(7)
    ]
    text = said("site_power", *rows, {**rows[0], "gflops": None})
    assert "7 of 7 sites stand out: S0, S1, S2, S3, S4 and 2 more" in text


def test_sites_without_any_bytes_are_drawn_without_a_share():
    row = {"position": 1, "site": "Others", "sites": 3, "jobs": 4, "dataset_bytes": 0}
    assert "Others (3 sites)" in said("site_datasets", row | {"share_ratio": None})


def test_a_window_without_tasks_is_a_figure_of_zeros():
    row = {"position": 1, "status": "done", "tasks": 0, "tasks_ratio": None, "jobs": 0}
    assert "'says': '0'" in said("task_outcomes", row)
