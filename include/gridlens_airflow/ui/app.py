"""The pages: how the days stand, and what the quality suites said of each."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from gridlens import pipelines
from gridlens.errors import GridlensError, NotFound, SettingsError, Transient
from gridlens.pipelines.findings import Finding
from gridlens.settings import Settings
from gridlens.window import Day
from gridlens_airflow.held_back import held_back_runs
from gridlens_airflow.ui.login import login
from gridlens_airflow.ui.page import message_page, overview_page
from gridlens_airflow.ui.runs import day_of

# No script runs on any page, and nothing is loaded from elsewhere; the styles are in the pages.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}

GUARD = login()
# Without the pages that FastAPI adds by itself: no login would be asked for there.
app = FastAPI(
    dependencies=[Depends(GUARD)],
    docs_url=None,
    redoc_url=None,
    openapi_url=None,
    redirect_slashes=False,
)


@app.middleware("http")
async def guarded(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    """Put the headers on every answer, errors included."""
    response = await answer(request)
    response.headers.update(HEADERS)
    return response


@app.exception_handler(GridlensError)
def told(request: Request, error: GridlensError) -> HTMLResponse:
    """Our own errors say what is wrong and what to do: they are the page."""
    code = 503 if isinstance(error, Transient) else 404
    return HTMLResponse(
        message_page("Not now" if code == 503 else "Nothing here", str(error)), code
    )


@app.get("/", response_class=HTMLResponse)
def days() -> str:
    """How the last days stand, and which alerts are open."""
    settings = _settings()
    return overview_page(pipelines.overview(settings), _held_back(settings))


@app.get("/run", response_class=HTMLResponse)
def day_of_a_run(dag_id: str, run_id: str) -> str:
    """The same of the one day that a run stands for."""
    day = day_of(dag_id, run_id)
    settings = _settings()
    return overview_page(pipelines.overview(settings, day), _held_back(settings), str(day))


@app.get("/data-docs/{day}/{name:path}")
def data_docs(day: str, name: str) -> FileResponse:
    """A file of a day's quality pages."""
    try:
        asked = Day.parse(day)
    except SettingsError as error:
        raise NotFound(str(error)) from error
    return FileResponse(pipelines.data_docs_file(_settings(), asked, name))


def _held_back(settings: Settings) -> list[str]:
    """A sentence if runs wait in vain, as the DAG is paused; else nothing."""
    found = [one for one in held_back_runs(settings) if isinstance(one, Finding)]
    return [f"{one.what}. To mend it: {one.mend}" for one in found]


def _settings() -> Settings:
    return Settings.from_env(os.environ)
