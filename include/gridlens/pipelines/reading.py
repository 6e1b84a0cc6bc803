"""For notebooks: a mart as an Arrow table, and a figure, over a window; nothing is written."""

from __future__ import annotations

import pyarrow as pa

from gridlens.charts import Chart
from gridlens.errors import NotFound
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.figures import drawn, figure_named
from gridlens.pipelines.filter_values import require_values
from gridlens.pipelines.mart_rows import mart_query, require_known, selected
from gridlens.pipelines.status import status
from gridlens.settings import Settings
from gridlens.window import Window


def loaded_window(settings: Settings) -> Window:
    """From the first day that is known to the last.

    Raises:
        NotFound: no day is known.
    """
    days = [state.day for state in status(settings)]
    if not days:
        raise NotFound(f"no day is known in {settings.home}: check GRIDLENS_HOME")
    return Window(days[0], days[-1].plus(1))


def mart(settings: Settings, name: str, window: Window, **arguments: str) -> pa.Table:
    """The rows of a mart or of a table that is kept by the day.

    Args:
        settings: where the warehouse is.
        name: ``mart.activity_matches``.
        window: the days.
        **arguments: of the mart, such as ``at_site="BNL-ATLAS"``.

    Raises:
        InputError: there is no such mart, or it does not take an argument.
        NotFound: there is no warehouse.
    """
    with open_lake(settings).reader() as lake:
        return selected(lake, mart_query(name, window, arguments)).to_arrow_table()


def figure(settings: Settings, name: str, window: Window, **arguments: str) -> Chart:
    """A figure of docs/figures.md, to be shown by the notebook.

    Args:
        settings: where the warehouse is.
        name: of the figure.
        window: the days.
        **arguments: filters; a figure whose mart does not take one of them is drawn without it.

    Raises:
        InputError: there is no such figure, no mart takes an argument, or the window has no such
            value of it.
        NotFound: there is no warehouse.
    """
    require_known(arguments)
    with open_lake(settings).reader() as lake:
        require_values(lake, window, arguments)
        return drawn(lake, figure_named(name), window, arguments)
