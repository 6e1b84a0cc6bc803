"""What matching tells of small days beyond the paper's methods, held against the truth."""

import shutil

import pyarrow.parquet as pq
from small_grid import DAYS, ask, run_days

from gridlens.pipelines import settle, status
from gridlens.settings import Settings

WINDOW = f"'{DAYS[0]}', '{DAYS[-1].plus(1)}'"


def test_a_match_infers_sites_and_tells_probabilities_beside_the_pairs(warehouse: Settings) -> None:
    ledger = "select distinct table_name from raw.computed_days where table_name like 'core.%'"
    matched = {"core.job_transfers", "core.site_inferences"}
    matched |= {"core.inferred_pairs", "core.link_probabilities"}
    assert matched <= {name for (name,) in ask(warehouse, ledger)}
    assert ask(warehouse, "select count(*) > 0 from core.link_probabilities") == [(True,)]


def test_a_transfer_has_exactly_one_owner_and_exact_stays_exact(warehouse: Settings) -> None:
    owners = (
        "select count(*) filter (where is_owner) as owners from mart.matches "
        "where probability_ratio is not null group by transfer_id having owners <> 1"
    )
    assert ask(warehouse, owners) == []
    assert ask(warehouse, "from mart.matches where exact and not exact_inferred") == []
    assert ask(warehouse, "from mart.matches where rm2 and probability_ratio is null") == []


def test_inferred_sites_are_those_of_the_jobs_that_the_twin_planted(warehouse: Settings) -> None:
    wrong = (
        "select * from core.site_inferences i join raw.truth_links t using (transfer_id) "
        "join core.jobs j on j.pandaid = t.pandaid "
        "join core.transfers moved on moved.transfer_id = i.transfer_id "
        "where (i.side = 'dst') = (moved.direction = 'download') and i.inferred_site <> j.site"
    )
    assert ask(warehouse, wrong) == []


def test_a_high_probability_is_as_precise_as_rm2_and_finds_half_as_many_again(
    warehouse: Settings,
) -> None:
    rows = ask(
        warehouse,
        f"select method, precision_ratio, recall_ratio from mart.match_accuracy({WINDOW}, "
        "population := 'all') where truth = 'planted' and split_by = 'total'",
    )
    found = {method: ratios for method, *ratios in rows}
    precision, recall = found["probability_90"]
    assert precision >= 0.95
    assert recall >= 1.5 * found["rm2"][1]


def test_days_without_planted_truth_have_none(settings: Settings) -> None:
    shutil.rmtree(settings.home / "truth")
    run_days(settings, DAYS[:1])
    assert ask(settings, "select count(*) from raw.truth_links") == [(0,)]
    planted = f"from mart.match_accuracy({WINDOW}) where truth = 'planted'"
    assert ask(settings, planted) == []


def test_settling_brings_the_truth_of_a_day_whose_file_has_changed(loaded: Settings) -> None:
    settle(loaded)
    path = loaded.home / "truth" / f"{DAYS[0]}.parquet"
    shorter = pq.read_table(path).slice(0, 7)
    pq.write_table(shorter, path)
    [first, *others] = status(loaded)
    assert first.because == (f"raw.truth_links: truth/{DAYS[0]}.parquet has changed",)
    assert "stale" not in {day.state for day in others}
    other_days = f"from raw.truth_links where day <> '{DAYS[0]}' order by all"
    before = ask(loaded, other_days)
    assert settle(loaded).numbers["load"] == 1
    assert settle(loaded).numbers["load"] == 0
    linked = "select transfer_id from raw.truth_links where pandaid is not null"
    assert sorted(ask(loaded, f"{linked} and day = '{DAYS[0]}'")) == sorted(
        (i,) for i in shorter["transfer_id"].to_pylist()
    )
    assert ask(loaded, other_days) == before

    shutil.rmtree(loaded.home / "truth")
    settle(loaded)
    assert ask(loaded, "select count(*) from raw.truth_links") == [(0,)]


def test_a_settled_warehouse_has_nothing_of_matching_left_to_compute(loaded: Settings) -> None:
    settle(loaded)
    assert settle(loaded).numbers["match"] == 0
