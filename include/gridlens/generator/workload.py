"""What a workload is: the variables of a job that an engine learns and draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gridlens.errors import InputError

Kind = Literal["time", "count", "amount", "category", "group"]
_TYPES = {
    "time": pa.timestamp("us"),
    "count": pa.int64(),
    "amount": pa.float64(),
    "category": pa.string(),
    "group": pa.int64(),
}


@dataclass(frozen=True)
class Variable:
    """One variable of a job.

    Attributes:
        name: its column.
        kind: ``time``: naive UTC; ``count``: whole number, 0 or more; ``amount``: real number,
            0 or more; ``category``: text; ``group``: id that ties rows together, which no engine
            learns as a number.
        meaning: one sentence, with its unit.
        of_task: all jobs of a task share it.
        is_optional: a training table may lack it.
    """

    name: str
    kind: Kind
    meaning: str
    of_task: bool = False
    is_optional: bool = False

    @property
    def field(self) -> pa.Field:
        """The column's name and type in Arrow."""
        return pa.field(self.name, _TYPES[self.kind])


# introspective paper, sec. 5: the first nine; `workload` there
VARIABLES = (
    Variable("creationtime", "time", "When the job was made, UTC."),
    Variable("computingsite", "category", "PanDA queue that the job ran on."),
    Variable("project", "category", "Project of the input dataset.", of_task=True),
    Variable("prodstep", "category", "Production step of the input dataset.", of_task=True),
    Variable("datatype", "category", "Data type of the input dataset.", of_task=True),
    Variable("ninputdatafiles", "count", "Number of input files."),
    Variable("inputfilebytes", "count", "Sum of the input files' sizes, in bytes."),
    Variable("jobstatus", "category", "State in which the job ended."),
    Variable("workload_gflop", "amount", "CPU time of all cores times a core's speed, in GFLOP."),
    Variable("jeditaskid", "group", "JEDI task of the job.", of_task=True, is_optional=True),
    Variable("corecount", "count", "Cores of the job.", is_optional=True),
    Variable("nevents", "count", "Events that the job processed.", is_optional=True),
    Variable("workinggroup", "category", "Working group.", of_task=True, is_optional=True),
    Variable("processingtype", "category", "Kind of processing.", of_task=True, is_optional=True),
)


def variables_of(table: pa.Table) -> tuple[Variable, ...]:
    """The variables that this table has, in their order.

    Raises:
        InputError: a variable that is not optional is missing, or a column is none.
    """
    names = [v.name for v in VARIABLES]
    if strange := sorted(set(table.column_names) - set(names)):
        raise InputError(
            f"a workload has no column '{strange[0]}': leave it out; it has {', '.join(names)}"
        )
    absent = [v.name for v in VARIABLES if not v.is_optional and v.name not in table.column_names]
    if absent:
        raise InputError(f"the workload lacks the column '{absent[0]}': select it too")
    return tuple(v for v in VARIABLES if v.name in table.column_names)


def as_workload(table: pa.Table) -> pa.Table:
    """The table with its columns in the order and types of ``VARIABLES``.

    Raises:
        InputError: a column is missing, unknown, of another type, or holds a number that is
            negative or not finite.
    """
    variables = variables_of(table)
    try:
        cast = table.select([v.name for v in variables]).cast(
            pa.schema([v.field for v in variables])
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(f"the workload has a column of another type: {error}") from error
    _refuse_what_is_no_amount(cast, [v for v in variables if v.kind in ("count", "amount")])
    return cast


def tasks_of(table: pa.Table) -> npt.NDArray[np.int64]:
    """The task of each row of a workload with ``jeditaskid``.

    A job without a task is a task of its own: its number is below 0.
    """
    ids = table.column("jeditaskid").cast(pa.int64())
    is_alone = pc.is_null(ids).to_numpy()
    tasks = np.array(pc.fill_null(ids, 0).to_numpy())
    tasks[is_alone] = -1 - np.arange(is_alone.sum())
    return tasks


def _refuse_what_is_no_amount(table: pa.Table, variables: Sequence[Variable]) -> None:
    for variable in variables:
        column = table.column(variable.name)
        is_amount = pc.and_(pc.greater_equal(column, 0), pc.is_finite(column))
        strange = column.filter(pc.invert(is_amount))
        if len(strange):
            raise InputError(
                f"the workload's '{variable.name}' holds {strange[0]}: it is 0 or more and finite, "
                "or NULL; leave such rows out or set them to NULL"
            )
