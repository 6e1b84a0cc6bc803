"""From the warehouse's jobs to a champion that is drawn from; what fails the gate stays out."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from small_grid import DAYS, ask

from gridlens.cli import main
from gridlens.errors import InputError, NotFound, SettingsError, SnapshotBroken
from gridlens.generator import snapshots
from gridlens.generator.workload import VARIABLES
from gridlens.pipelines import choose, fit, gate, generate, judge, prepare, promote, refit
from gridlens.pipelines.gate import snapshots_root
from gridlens.pipelines.generate import Wish
from gridlens.pipelines.refit_folder import RefitFolder
from gridlens.settings import Settings
from gridlens.window import Day, Window

WINDOW = Window(DAYS[0], DAYS[-1].plus(1))


@pytest.fixture(scope="module")
def prepared(warehouse: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, str]:
    """A copy of the warehouse, with a refit whose independent engine is fitted and judged."""
    home = tmp_path_factory.mktemp("refit") / "home"
    settings = copied(warehouse, home)
    work = str(prepare(settings, WINDOW, way="task", seed=3).numbers["work"])
    fit(settings, work, "independent")
    judge(settings, work, "independent")
    return settings, work


@pytest.fixture
def judged(prepared: tuple[Settings, str], tmp_path: Path) -> tuple[Settings, str]:
    """The same, to do with as one likes."""
    settings, work = prepared
    return copied(settings, tmp_path / "home"), work


def copied(settings: Settings, home: Path) -> Settings:
    shutil.copytree(settings.home, home)
    return replace(settings, home=home)


def as_good_as_real(settings: Settings, work: str, engine: str = "independent") -> str:
    """Gate the engine with the scores of unseen real rows; the snapshot's id."""
    folder = RefitFolder.of(settings, work)
    scores = folder.read(f"{engine}/scores.json")
    folder.write(f"{engine}/scores.json", {**scores, "engine": scores["holdout"]})
    return str(gate(settings, work, engine).numbers["snapshot"])


def champion_of(settings: Settings) -> str:
    return snapshots.champion(snapshots_root(settings)).id


@pytest.mark.parametrize(
    ("engine", "says"),
    [("magic", "no engine is called 'magic'"), ("diffusion", "needs the extra 'deep'")],
)
def test_an_engine_that_is_not_to_be_had_is_told_of_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str, says: str
) -> None:
    monkeypatch.setitem(sys.modules, "gridlens.generator.diffusion", None)  # as if without JAX
    with pytest.raises(SettingsError, match=says):
        refit(Settings(home=tmp_path), WINDOW, ["tree", engine], progress=print)
    assert not list(tmp_path.iterdir())


def test_a_step_without_the_step_before_it_says_where_to_start(
    judged: tuple[Settings, str], tmp_path: Path
) -> None:
    settings, work = judged
    with pytest.raises(NotFound, match=r"no refit 'none' is prepared in .*generator fit"):
        fit(settings, "none", "tree")
    for step in (judge, gate):
        with pytest.raises(NotFound, match=r"tree/.*\.json is missing: .*generator fit"):
            step(settings, work, "tree")


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"snapshot": 999_999}, "has no state 999999"),
        ({"window": Window(DAYS[0], DAYS[0].plus(30))}, "lacks 2025-04-04 of"),
        ({"window": None}, "7 whole days in a row"),
    ],
)
def test_what_cannot_be_prepared_leaves_an_earlier_refit_alone(
    judged: tuple[Settings, str], how: dict[str, object], says: str
) -> None:
    settings, work = judged
    with pytest.raises(NotFound, match=says):
        prepare(settings, **{"window": WINDOW, **how})  # type: ignore[arg-type]
    assert RefitFolder.of(settings, work).train.num_rows > 100


def test_a_refit_that_was_killed_while_it_was_prepared_is_not_gone_on_with(
    judged: tuple[Settings, str], tmp_path: Path
) -> None:
    settings, work = judged
    done = RefitFolder.of(settings, work)
    half = RefitFolder.make(settings, done.training, done.way, done.seed, done.parts)
    with pytest.raises(NotFound, match=f"no refit '{work}' is prepared"):
        fit(settings, half.name, "tree")


def test_the_baseline_stays_out_and_is_kept_as_evidence(judged: tuple[Settings, str]) -> None:
    settings, work = judged
    told = gate(settings, work, "independent")
    assert told.numbers["verdict"] == "failed"
    assert any("workload_r2_loss is" in reason for reason in told.notes)
    id_ = str(told.numbers["snapshot"])
    with pytest.raises(InputError, match=r"did not pass the gate, the champion stays: .* is 0"):
        promote(settings, id_)
    told = choose(settings, [id_])
    assert told.numbers == {"snapshot": "none", "champion": "none"}
    assert told.notes[0] == f"independent ({id_}) did not pass"
    assert any("workload_r2_loss is" in note for note in told.notes[1:])
    found = snapshots.read(snapshots_root(settings), id_)
    assert {"card.md", "speeds.json", "arrivals/arrivals.json"} < found.manifest.files.keys()
    assert "did not pass the gate" in (found.folder / "card.md").read_text()


def test_a_copy_of_the_training_rows_stays_out(judged: tuple[Settings, str]) -> None:
    settings, work = judged
    for step in (fit, judge):
        step(settings, work, "bootstrap")
    told = gate(settings, work, "bootstrap")
    assert told.numbers["verdict"] == "failed"
    assert any("copies is" in reason for reason in told.notes)


def test_of_two_as_good_the_one_without_rows_of_real_jobs_is_chosen(
    judged: tuple[Settings, str],
) -> None:
    settings, work = judged
    for step in (fit, judge):
        step(settings, work, "bootstrap")
    ids = [as_good_as_real(settings, work, engine) for engine in ("bootstrap", "independent")]
    assert choose(settings, ids).numbers["engine"] == "independent"


def test_scores_and_verdict_stand_in_the_warehouse_once(judged: tuple[Settings, str]) -> None:
    settings, work = judged
    id_ = str(gate(settings, work, "independent").numbers["snapshot"])
    scores = snapshots.read(snapshots_root(settings), id_).manifest.scores
    rows = ask(
        settings,
        "select snapshot_id, engine, verdict, count(*), count(holdout_value) "
        f"from mart.generator_scores('{DAYS[-1]}', '{DAYS[-1].plus(1)}') group by all",
    )
    cost, alike = 4, len(scores["holdout"])
    assert len(scores["engine"]) >= alike + cost
    assert rows == [(id_, "independent", "failed", len(scores["engine"]), alike)]
    shares = (
        "select snapshot_id, variable, round(sum(training_ratio), 6), round(sum(drawn_ratio), 6) "
        f"from mart.generator_distributions('{DAYS[-1]}', '{DAYS[-1].plus(1)}', "
        "with_engine := 'independent') where variable = 'jobstatus' group by all"
    )
    assert ask(settings, shares) == [(id_, "jobstatus", 1.0, 1.0)]


def test_one_as_good_as_real_rows_is_promoted_and_drawn_from(
    judged: tuple[Settings, str], tmp_path: Path
) -> None:
    settings, work = judged
    output, documents = tmp_path / "out" / "w.parquet", tmp_path / "out" / "jobs.ndjson.gz"
    with pytest.raises(NotFound, match="promoted yet: `gridlens generator fit`"):
        generate(settings, Wish(n=10), output)
    id_ = as_good_as_real(settings, work)
    assert choose(settings, [id_]).numbers["snapshot"] == id_
    promote(settings, id_)
    generate(settings, Wish(n=500, seed=7), output, documents)
    jobs = pq.read_table(output)
    assert len(jobs) == 500
    assert set(jobs.column_names) == {v.name for v in VARIABLES}
    assert str(jobs.column("creationtime")[0].as_py().date()) >= str(WINDOW.end)
    source = json.loads(jobs.schema.metadata[b"gridlens"])
    assert (source["snapshot"], source["wish"]["seed"]) == (id_, 7)
    first = output.read_bytes(), documents.read_bytes()
    generate(settings, Wish(n=500, seed=7), output, documents)
    assert (output.read_bytes(), documents.read_bytes()) == first
    assert {path.name for path in output.parent.iterdir()} == {"w.parquet", "jobs.ndjson.gz"}


def test_days_loads_and_shares_are_as_wished(judged: tuple[Settings, str], tmp_path: Path) -> None:
    settings, work = judged
    promote(settings, as_good_as_real(settings, work))
    queue = ask(settings, "select mode(computingsite) from core.jobs")[0][0]
    days = {"first": Day.parse("2026-01-05"), "end": Day.parse("2026-01-12")}
    for name, wish in {
        "as it was": Wish(**days),
        "more": Wish(**days, scale=4.0),
        "moved": Wish(**days, shares={str(queue): 0.9}),
    }.items():
        generate(settings, wish, tmp_path / name)
    was, more, moved = (pq.read_table(tmp_path / n) for n in ("as it was", "more", "moved"))
    assert 2 * len(was) < len(more) < 8 * len(was)
    assert moved.column("computingsite").to_pylist().count(queue) > 0.8 * len(moved)
    times = was.column("creationtime").to_pylist()
    assert times == sorted(times)
    assert days["first"].start <= times[0] <= times[-1] < days["end"].start


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({}, "say how many jobs"),
        ({"n": 0}, "0 jobs cannot be drawn"),
        ({"n": 5, "first": DAYS[0], "end": DAYS[1]}, "without --n"),
        ({"end": DAYS[0]}, "say how many jobs"),
    ],
)
def test_a_wish_that_cannot_be_is_told_of(wish: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        Wish(**wish)  # type: ignore[arg-type]


def test_files_that_cannot_be_written_are_told_of_first(tmp_path: Path) -> None:
    settings, file = Settings(home=tmp_path), tmp_path / "w"
    with pytest.raises(InputError, match="is a folder: give the name of a file in it"):
        generate(settings, Wish(n=1), tmp_path)
    with pytest.raises(InputError, match="both the jobs and their documents"):
        generate(settings, Wish(n=1), file, tmp_path / "." / "w")


def test_a_champion_with_another_byte_is_not_drawn_from(
    judged: tuple[Settings, str], tmp_path: Path
) -> None:
    settings, work = judged
    id_ = as_good_as_real(settings, work)
    promote(settings, id_)
    path = snapshots_root(settings) / id_ / "speeds.json"
    path.write_text(path.read_text().replace("1", "2", 1) + " ")
    with pytest.raises(SnapshotBroken, match=f"{id_}: speeds.json is not what was written"):
        generate(settings, Wish(n=5), tmp_path / "w.parquet")
    assert not (tmp_path / "w.parquet").exists()


def test_a_person_can_list_show_promote_and_go_back(
    judged: tuple[Settings, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    settings, work = judged
    monkeypatch.setenv("GRIDLENS_HOME", str(settings.home))
    first = as_good_as_real(settings, work)
    assert main(["generator", "promote", first]) == 0
    second = as_good_as_real(settings, work)
    assert main(["generator", "promote", second]) == 0
    assert main(["generator", "list"]) == 0
    assert f"* {second}  independent  2025-04-01..2025-04-04" in capsys.readouterr().out
    assert main(["generator", "rollback"]) == 0
    assert f"champion {first}, engine independent, before {second}" in capsys.readouterr().out
    assert champion_of(settings) == first
    assert main(["generator", "rollback"]) == 2
    assert main(["generator", "show", second]) == 0
    assert capsys.readouterr().out.startswith("# Model card: independent")
    command = ["generate", "--n", "20", "--output", str(tmp_path / "w.parquet")]
    assert main([*command, "--site-share", "nowhere=0.5"]) == 2
    assert "none of the drawn jobs runs at site 'nowhere'" in capsys.readouterr().err
    assert main(command) == 0
    assert main(["generator", "fit", "--from", "2025-04-01"]) == 2
    assert "--from DAY and --to DAY, or neither" in capsys.readouterr().err


@pytest.mark.parametrize("seed", ["-1", "5000000000", "x", "1.5"])
@pytest.mark.parametrize("command", [["generate", "--output", "w"], ["generator", "fit"]])
def test_a_seed_that_some_engine_would_not_take_is_told_of_at_once(
    command: list[str], seed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([*command, f"--seed={seed}"])
    assert f"'{seed}' is no seed: give a whole number from 0 to" in capsys.readouterr().err
