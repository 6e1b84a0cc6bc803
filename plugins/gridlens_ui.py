"""The pages of gridlens inside Airflow's UI: in the navigation, and beside each run of a day."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """The pages, made at the first request: every command of Airflow loads this file."""
    answer = await asyncio.to_thread(_app)
    await answer(scope, receive, send)


@cache
def _app() -> Any:
    from gridlens_airflow.ui.app import app

    return app


class GridlensUi(AirflowPlugin):
    """Where the pages are mounted, and where Airflow shows them."""

    name = "gridlens_ui"
    fastapi_apps: ClassVar = [{"app": pages, "url_prefix": "/gridlens", "name": "gridlens"}]
    external_views: ClassVar = [
        {
            "name": "gridlens",
            "href": "/gridlens/",
            "destination": "nav",
            "url_route": "gridlens",
        },
        {
            "name": "gridlens day",
            "href": "/gridlens/run?dag_id={DAG_ID}&run_id={RUN_ID}",
            "destination": "dag_run",
            "url_route": "gridlens-day",
        },
    ]
