"""Looks at a small warehouse: which alerts they open and close, and who is told of them."""

from __future__ import annotations

import gzip
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from small_grid import DAYS, ask

from gridlens.cli import main
from gridlens.errors import ContractBroken, NotFound, SendingFailed
from gridlens.message import Message
from gridlens.pipelines import Finding, acknowledge, alert_lines, extract, validate, watch
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.waiting_rows import leave
from gridlens.settings import Settings

# All three days have passed their deadline; the second is stale: nothing has settled it.
NOW = datetime.fromisoformat("2025-04-04T13:00:00")
HOUR = timedelta(hours=1)
LOST = str(DAYS[2])


@dataclass
class Ear:
    """A channel that hears, or does not."""

    is_deaf: bool = False
    heard: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> None:
        if self.is_deaf:
            raise SendingFailed("nobody hears")
        self.heard.append(message)

    def of(self, alert_id: str) -> list[str | None]:
        told = [alert for message in self.heard for alert in message.alerts]
        return [alert["event"] for alert in told if alert["alert_id"] == alert_id]


def telling(settings: Settings, *ears: Ear) -> Settings:
    return replace(settings, channels={f"ear{n}": ear for n, ear in enumerate(ears)})


def alerts(settings: Settings, kind: str) -> list[tuple[object, ...]]:
    asked = f"select state, alert_id from mart.alerts where kind = '{kind}' order by alert_id"
    return ask(settings, asked)


def lose_a_day(settings: Settings) -> dict[Path, bytes]:
    """The last day as if it had never been fetched; what brings it back."""
    lost = {path: path.read_bytes() for path in settings.slices.rglob(f"{LOST}*")}
    for path in lost:
        path.unlink()
    return lost


def break_the_jobs(settings: Settings) -> None:
    """All of a day's jobs end on no day and have no key: the contract stops that day."""
    for path in settings.home.glob(f"exports/{LOST}/jobs-*.ndjson.gz"):
        with gzip.open(path, "rt") as lines:
            documents = [json.loads(line) for line in lines]
        with gzip.open(path, "wt") as out:
            out.writelines(json.dumps(d | {"pandaid": None}) + "\n" for d in documents)


def test_a_home_without_a_day_is_left_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert "no day is known" in watch(settings, NOW).notes[0]
    assert not settings.warehouse.exists()
    with pytest.raises(NotFound, match="there is no warehouse"):
        alert_lines(settings)


def test_a_late_day_is_told_once_to_each_channel_and_once_more_when_it_is_there(
    loaded: Settings,
) -> None:
    lost = lose_a_day(loaded)
    deaf, ear = Ear(is_deaf=True), Ear()
    settings, late = telling(loaded, deaf, ear), f"late/{LOST}#1"
    with pytest.raises(SendingFailed, match="nobody hears"):
        watch(settings, NOW)
    assert alerts(loaded, "late") == [("open", late)]
    assert ear.of(late) == ["opened"]
    deaf.is_deaf = False
    watch(settings, NOW + HOUR)
    assert deaf.of(late) == ear.of(late) == ["opened"]
    for path, content in lost.items():
        path.write_bytes(content)
    watch(settings, NOW + 2 * HOUR)
    assert deaf.of(late) == ear.of(late) == ["opened", "closed"]
    asked = "select state, times_seen, notified_at from mart.alerts where alert_id = '" + late + "'"
    assert ask(loaded, asked) == [("closed", 1, NOW + 2 * HOUR)]


def test_runs_of_a_paused_dag_are_an_alert_until_none_waits(loaded: Settings) -> None:
    waits = Finding("30 queued runs will not start", "gridlens_daily", "airflow dags unpause …")
    watch(loaded, NOW, waiting=[waits])
    assert alerts(loaded, "waiting") == [("open", "waiting/gridlens_daily#1")]
    watch(loaded, NOW + HOUR)
    assert [state for state, _ in alerts(loaded, "waiting")] == ["closed"]


def test_a_torn_manifest_is_an_alert_and_ends_no_other(loaded: Settings) -> None:
    lose_a_day(loaded)
    watch(loaded, NOW)
    manifest = loaded.slices / "jobs" / f"{DAYS[0]}.json"
    whole = manifest.read_text()
    manifest.write_text(whole[:40])
    ear = Ear()
    for hours in (1, 2):
        watch(telling(loaded, ear), NOW + hours * HOUR)
    assert ear.of("damaged/slices#1") == ["opened"]
    assert str(manifest) in ear.heard[-1].text
    assert alerts(loaded, "late") == [("open", f"late/{LOST}#1")]
    manifest.write_text(whole)
    watch(loaded, NOW + 3 * HOUR)
    assert alerts(loaded, "damaged") == [("closed", "damaged/slices#1")]
    assert alerts(loaded, "late") == [("open", f"late/{LOST}#1")]


def test_torn_notes_of_its_own_keep_no_look_from_its_end(loaded: Settings) -> None:
    torn = loaded.alerts / "broken" / f"jobs-{LOST}.json"
    torn.parent.mkdir(parents=True, exist_ok=True)
    for text in ("", "[]", '{"table": "jobs"}'):
        torn.write_text(text)
        watch(loaded, NOW)
        assert not torn.exists()


def test_upkeep_that_fails_is_told_when_no_later_run_has_mended_it(loaded: Settings) -> None:
    def leave_a_run(state: str, at: int) -> None:
        said = {"state": state, "error": "WarehouseDamaged: torn" if state == "failed" else None}
        row = {"task_run_id": str(at), "task": "check integrity", "day": None}
        leave(loaded.task_runs, {**row, **said, "started_at": NOW + at * HOUR})

    ear = Ear()
    leave_a_run("failed", 0)
    for hours in (0, 1, 2):
        watch(telling(loaded, ear), NOW + hours * HOUR)
    assert ear.of("failed/check/integrity#1") == ["opened"]
    leave_a_run("done", 3)
    watch(telling(loaded, ear), NOW + 3 * HOUR)
    assert ear.of("failed/check/integrity#1") == ["opened", "closed"]


def test_a_look_that_has_nothing_new_to_say_makes_no_new_state(loaded: Settings) -> None:
    lose_a_day(loaded)
    settings = telling(loaded, Ear())
    watch(settings, NOW)
    before = open_lake(loaded).snapshot()
    watch(settings, NOW + HOUR)
    assert open_lake(loaded).snapshot() == before


def test_watchers_at_once_keep_one_row_and_send_one_message(loaded: Settings) -> None:
    lose_a_day(loaded)
    ear = Ear()
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda n: watch(telling(loaded, ear), NOW + n * HOUR), range(3)))
    assert alerts(loaded, "late") == [("open", f"late/{LOST}#1")]
    assert ear.of(f"late/{LOST}#1") == ["opened"]


def test_what_is_acknowledged_stays_in_the_list_and_is_told_no_more(
    loaded: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_a_day(loaded)
    watch(loaded, NOW)
    monkeypatch.setenv("GRIDLENS_HOME", str(loaded.home))
    monkeypatch.setenv("GRIDLENS_PERSONAL_KEY", loaded.personal_key)
    ack = ["alerts", "ack", f"late/{LOST}", "--by", "Ada", "--note", "the source is away"]
    assert main(ack) == 0
    ear = Ear()
    watch(telling(loaded, ear), NOW + HOUR)
    assert ear.of(f"late/{LOST}#1") == []
    assert main(["alerts"]) == 0
    listed = capsys.readouterr().out
    assert f"acknowledged critical 2025-04-04 13:00  late/{LOST}\n" in listed
    assert "note: the source is away" in listed
    kept = str(ask(loaded, "select acknowledged_by from mart.alerts where state = 'acknowledged'"))
    assert "Ada" not in kept
    assert len(kept) == len("[('',)]") + 32
    with pytest.raises(NotFound, match="no alert 'late/2025-04-02' is open"):
        acknowledge(loaded, "late/2025-04-02", "Ada")


def test_a_contract_that_stops_a_day_before_it_is_loaded_is_known_until_it_is_mended(
    loaded: Settings,
) -> None:
    whole = shutil.copytree(loaded.home / "exports", loaded.home.parent / "whole")
    break_the_jobs(loaded)
    extract(loaded, "jobs", DAYS[2])
    with pytest.raises(ContractBroken):
        validate(loaded, DAYS[2])
    watch(loaded, NOW)
    assert alerts(loaded, "contract") == [("open", f"contract/{LOST}/jobs#1")]
    shutil.copytree(whole, loaded.home / "exports", dirs_exist_ok=True)
    extract(loaded, "jobs", DAYS[2])
    watch(loaded, NOW + HOUR)
    assert alerts(loaded, "contract") == [("closed", f"contract/{LOST}/jobs#1")]


def test_what_is_stale_for_hours_and_documents_of_another_shape_are_alerts(
    loaded: Settings,
) -> None:
    watch(loaded, NOW)
    assert alerts(loaded, "stale") == []
    assert ("open", f"drift/{DAYS[1]}/transfers#1") in alerts(loaded, "drift")
    watch(loaded, NOW + 6 * HOUR)
    assert alerts(loaded, "stale") == [("open", f"stale/{DAYS[1]}#1")]
