"""A task that Airflow asks to stop closes what it has opened, and then ends."""

import os
import signal

import pytest

from gridlens_airflow import step


def test_a_stop_runs_what_stands_after_the_work_and_ends_the_task():
    closed = []

    def work():
        with step.stoppable():
            try:
                os.kill(os.getpid(), signal.SIGTERM)
            finally:
                closed.append(True)

    with pytest.raises(SystemExit) as ended:
        work()
    assert (closed, ended.value.code) == ([True], 143)


def test_what_airflow_does_at_a_stop_is_as_before_once_the_work_is_done():
    before = signal.getsignal(signal.SIGTERM)
    with step.stoppable():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
