"""Airflow's own deadline of a day's run: a look for alerts at once, also where no other looks."""

from __future__ import annotations

import logging
from datetime import timedelta

from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

log = logging.getLogger(__name__)

# Begun at 06:00 UTC, a day is late at noon, as GRIDLENS_DEADLINE_H says by default.
IN_TIME = timedelta(hours=6)


def look() -> None:
    """Look for alerts; many runs that miss their deadline open one alert a day.

    Told are the channels of the worker's variables: what Airflow 3.3 runs at a deadline may not
    read connections. Those are told by the next look of ``gridlens_watch``.

    Raises:
        SendingFailed: a channel did not take its message.
    """
    from gridlens import pipelines
    from gridlens_airflow import step

    log.info("%s", pipelines.watch(step.settings()).summary())


# From when a run was queued: a run that stands for a partition has no logical date.
DEADLINE = DeadlineAlert(
    reference=DeadlineReference.DAGRUN_QUEUED_AT,
    interval=IN_TIME,
    callback=SyncCallback(look),
    name="day is late",
)
