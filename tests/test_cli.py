"""The command line: what it answers, what it refuses, and that it is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gridlens.cli import COMMANDS, main

ROOT = Path(__file__).parents[1]
MATCH = ["match", "--jobs", "a", "--files", "b", "--transfers", "c", "--output", "d"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRIDLENS_HOME", str(tmp_path))
    monkeypatch.setenv("GRIDLENS_PERSONAL_KEY", "a key of the tests alone")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run-day", "yesterday"], "'yesterday' is not a day: write it as YYYY-MM-DD"),
        (["run-day", "2025-04-01"], "sources.toml is missing"),
        (["source", "check"], "sources.toml is missing"),
        (["sql", "select 1"], "there is no warehouse"),
        (["explain", "1"], "there is no warehouse"),
        (["init-file"], "there is no warehouse"),
        (["load", "nothing.csv", "--map", "cgsim_jobs_csv"], "nothing.csv is not there"),
        (["load", "x.csv", "--map", "nonsense"], "nonsense"),
        (["status", "2025-04-02", "2025-04-01"], "holds no day"),
        (
            [*MATCH, "--reading", "magic=yes"],
            "reading 'magic=yes' is unknown",
        ),
        (MATCH, "there is no file a"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_a_person_must_mend_is_one_line_and_exit_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert says in told
    assert told.startswith("gridlens: ")
    assert told.count("\n") == 1


def test_a_home_without_days_says_what_to_do_next(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 0
    assert "gridlens run-day DAY" in capsys.readouterr().out


@pytest.fixture
def real_jobs(tmp_path: Path) -> Path:
    """The first three real jobs, which ended on three days."""
    csv = ROOT / "include/gridlens/twin/data/cgsim/jan_100_BNL.csv"
    path = tmp_path / "three.csv"
    path.write_text("".join(csv.read_text().splitlines(keepends=True)[:4]))
    return path


def test_an_export_loads_settles_and_can_be_asked(
    capsys: pytest.CaptureFixture[str], home: Path, real_jobs: Path
) -> None:
    assert main(["load", str(real_jobs), "--map", "cgsim_jobs_csv"]) == 0
    assert re.findall(r"^jobs +(\S+) complete", capsys.readouterr().out, re.M) == [
        "2025-01-07",
        "2025-01-16",
        "2025-01-20",
    ]
    assert main(["settle"]) == 0
    capsys.readouterr()
    query = "select pandaid, queue_s, site from core.jobs order by pandaid desc limit 1"
    assert main(["sql", "--format", "csv", query]) == 0
    assert capsys.readouterr().out.split() == ["pandaid,queue_s,site", "6486070333,844,"]
    assert main(["sql", "delete from core.jobs"]) == 2
    assert "does not take this query" in capsys.readouterr().err
    assert main(["status"]) == 0
    assert "edge" in capsys.readouterr().out
    assert main(["init-file"]) == 0
    assert (home / "warehouse" / "open.sql").exists()
    report = home / "report.html"
    days = ["--from", "2025-01-07", "--to", "2025-01-21"]
    assert main(["report", *days, "--output", str(report), "--with", "population=all"]) == 0
    assert "11 of 14 days were never loaded" in report.read_text()
    assert main(["publish"]) == 0
    assert (home / "published" / "gridlens.duckdb").exists()


def test_every_command_is_in_the_manual() -> None:
    manual = (ROOT / "docs/commands.md").read_text()
    assert re.findall(r"^## gridlens (.+)$", manual, re.M) == list(COMMANDS)


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120
