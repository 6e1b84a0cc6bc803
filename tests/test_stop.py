"""A process that is asked to stop closes what it has opened, and then ends."""

import os
import signal

import pytest

from gridlens.stop import stoppable


def stopped(work):
    """What stands after the work, and the code that the process ends with."""
    closed = []

    def worked():
        with stoppable():
            try:
                work()
            finally:
                closed.append(True)

    with pytest.raises(SystemExit) as ended:
        worked()
    return closed, ended.value.code


def ask_to_stop():
    os.kill(os.getpid(), signal.SIGTERM)


def test_a_stop_ends_the_work_and_runs_what_stands_after_it():
    assert stopped(ask_to_stop) == ([True], 143)


def test_a_stop_that_an_engine_turned_into_an_error_of_its_own_is_a_stop():
    # DuckDB does this where a signal comes amid a query.
    def query():
        try:
            ask_to_stop()
        except SystemExit:
            raise RuntimeError("Query interrupted") from None

    assert stopped(query) == ([True], 143)


def test_other_errors_of_the_work_stay_as_they_are():
    with pytest.raises(RuntimeError, match="its own"), stoppable():
        raise RuntimeError("its own")


def test_what_was_done_at_a_stop_before_is_done_again_afterwards():
    before = signal.getsignal(signal.SIGTERM)
    with stoppable():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
