"""A dump that a grid can do without: days are whole with it, without it, and between two."""

from __future__ import annotations

from small_grid import DAYS, ask, run_days

from gridlens.pipelines import status
from gridlens.settings import Settings
from gridlens.window import Window

GROWTH = "select distinct quantity from mart.storage_growth('2025-04-01', '2025-04-03')"
SOURCE = """
[[storage_volumes]]
map = "storage_volumes"
path = "volumes/{day}.csv"
"""
VOLUMES = """day,datatype,project,bytes,files
2018-06-30,AOD,mc16_13TeV,450000000000000000,400
2024-06-30,AOD,mc23_13p6TeV,1010000000000000000,900
"""


def test_a_day_without_volumes_lacks_nothing_and_new_datasets_are_told(
    warehouse: Settings,
) -> None:
    because = [text for day in status(warehouse) for text in day.because]
    assert not [text for text in because if "storage_volumes" in text]
    assert ask(warehouse, GROWTH) == [("registered",)]


def test_one_dump_of_volumes_tells_the_growth_and_days_without_one_stay_whole(
    settings: Settings,
) -> None:
    with settings.sources.open("a") as text:
        text.write(SOURCE)
    (settings.home / "volumes").mkdir()
    (settings.home / "volumes" / f"{DAYS[0]}.csv").write_text(VOLUMES)
    run_days(settings, DAYS[:2])
    assert ask(
        settings, "select cumulative_tb from mart.storage_growth('2025-04-01', '2025-04-03')"
    ) == [(450_000.0,), (1_460_000.0,)]
    because = [text for day in status(settings, Window(DAYS[0], DAYS[2])) for text in day.because]
    assert not [text for text in because if "storage_volumes" in text]
