"""Which errors are tried again: the error tree of the package, seen through Airflow's policy."""

import logging
from datetime import timedelta

import pytest
from airflow.sdk import RetryAction, RetryRule
from airflow.sdk.module_loading import import_string

from gridlens import errors
from gridlens_airflow.defaults import DEFAULT_ARGS, RETRY_POLICY


def action_after(error):
    return RETRY_POLICY.evaluate(error, try_number=1, max_tries=5).action


def test_a_misspelt_error_in_a_rule_would_only_be_logged(caplog):
    with caplog.at_level(logging.WARNING):
        RetryRule(exception="gridlens.errors.Permanant")

    assert "could not be imported at parse time" in caplog.text


def test_every_error_named_in_a_rule_exists():
    named = [import_string(rule.exception) for rule in RETRY_POLICY.rules]

    assert named == [errors.Permanent, errors.Transient]


@pytest.mark.parametrize("error", [errors.Permanent, *errors.Permanent.__subclasses__()])
def test_an_error_that_a_person_must_mend_is_not_tried_again(error):
    assert action_after(error("mend it")) is RetryAction.FAIL


@pytest.mark.parametrize("error", [errors.Transient, *errors.Transient.__subclasses__()])
def test_an_error_that_may_pass_is_tried_again(error):
    assert action_after(error("wait")) is RetryAction.RETRY


def test_an_error_that_gridlens_does_not_know_is_tried_again_as_airflow_does():
    assert action_after(OSError("disk")) is RetryAction.DEFAULT


def test_waits_grow_threefold_up_to_half_an_hour():
    assert DEFAULT_ARGS["retries"] == 4
    assert DEFAULT_ARGS["retry_delay"] == timedelta(minutes=1)
    assert DEFAULT_ARGS["retry_exponential_backoff"] == 3
    assert DEFAULT_ARGS["max_retry_delay"] == timedelta(minutes=30)
