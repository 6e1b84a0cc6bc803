"""The text of the model `core.job_transfers`, and which transfers a day of it needs."""

from __future__ import annotations

from datetime import datetime, timedelta

from gridlens.matching.pairs import day_pairs_sql
from gridlens.matching.reading import V1, Reading
from gridlens.matching.relations import Relations
from gridlens.tables import FILES, JOBS, TRANSFERS
from gridlens.window import Day

_HEADER = """\
-- Which transfers served which job: one row a pair that at least one method accepts.
-- Jobs belong to the day they ended; their transfers may lie on other days. The views hold the
-- day's jobs with all their files, and the transfers of the days from the lookback before the
-- oldest creation of these jobs to their latest end: a pair is direct only if its transfer
-- started on one of these days.
-- grain: job_day, pandaid, transfer_id, started_day
-- reads: core.jobs, core.files, core.transfers
-- day: job_day
-- column: job_day | UTC day on which the job ended
-- column: pandaid | PanDA job id
-- column: transfer_id | request id of a Rucio event, trace id of a pilot trace
-- column: started_day | UTC day on which the transfer started
-- column: exact | file, time and site agree, and the sizes sum up to the job's total
-- column: rm1 | file, time and site agree
-- column: rm2 | file and time agree
-- column: direct | the transfer's record names the job
-- column: started_before_creation | the transfer started before the job was created
-- column: reading | how the open points of the paper's Algorithm 1 were read
-- fail: pandaid is not null and transfer_id is not null
-- fail: exact is not null and rm1 is not null and rm2 is not null and direct is not null
-- fail: (rm1 or not exact) and (rm2 or not rm1)
-- fail: rm2 or direct
"""


def model_text(reading: Reading = V1) -> str:
    """The model of `core.job_transfers` under that reading: header and one SELECT."""
    relations = Relations(
        job_columns=(*(c.name for c in JOBS.columns), JOBS.day_column, "site"),
        file_columns=[c.name for c in FILES.columns],
        transfer_columns=[c.name for c in TRANSFERS.columns],
        schema="core.",
        job_extra=(JOBS.day_column,),
        transfer_extra=(TRANSFERS.day_column,),
    )
    return f"{_HEADER}{day_pairs_sql(reading, relations)}\n"


def lookback_bound(reading: Reading, oldest_creation: datetime) -> Day | None:
    """First day whose transfers jobs may need; None: all days since the beginning.

    Args:
        reading: how the paper is read.
        oldest_creation: least `creationtime` of the jobs; any time of their day if none has one,
            for such jobs match nothing.
    """
    if reading.lookback_days is None:
        return None
    return Day((oldest_creation - timedelta(days=reading.lookback_days)).date())
