"""The room imports what is asked for, as each task of Airflow is a process of its own."""

from __future__ import annotations

import subprocess
import sys

from gridlens import pipelines
from gridlens.pipelines import compute, load

HEAVY = ("altair", "faiss", "scipy", "sklearn")


def test_steps_of_a_day_bring_neither_charts_nor_engines() -> None:
    program = (
        "import sys\n"
        "from gridlens.pipelines import extract, indicators, load, match, publish_file, settle\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (answer.stdout.strip(), answer.stderr) == ("[]", "")


def test_every_name_of_the_room_is_found() -> None:
    assert [name for name in pipelines.__all__ if getattr(pipelines, name, None) is None] == []


def test_step_is_the_function_though_its_module_bears_its_name() -> None:
    assert compute.__name__ == "gridlens.pipelines.compute"
    assert callable(load)
    assert callable(pipelines.load)
