"""The pages in Airflow's UI: nobody without a login, nothing outside of a folder, no markup."""

import asyncio
import sys
from collections import namedtuple
from urllib.parse import unquote

import pytest
from fastapi import Depends, FastAPI

from gridlens.pipelines import DayOverview, DayStatus, Overview
from gridlens.slices import SliceStore
from gridlens.tables import TABLES
from gridlens.window import Day
from gridlens_airflow.ui import app as pages
from gridlens_airflow.ui.login import login, refuse
from gridlens_airflow.ui.page import overview_page

EVIL = "<script>alert(1)</script>"
DAY = "2025-04-01"
Answer = namedtuple("Answer", "status headers text")
ROUTES = {
    "/": "/",
    "/run": "/run?dag_id=gridlens_daily&run_id=x",
    "/data-docs/{day}/{name:path}": f"/data-docs/{DAY}/index.html",
}


def get(path, app=pages.app):
    """What the app answers to this very path, which no client has tidied before."""
    url, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": "GET",
        "path": unquote(url),
        "raw_path": url.encode(),
        "query_string": query.encode(),
        "headers": [],
    }
    sent, asked = [], [{"type": "http.request"}]

    async def receive():
        return asked.pop() if asked else await asyncio.Event().wait()  # nobody hangs up

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(message["body"] for message in sent[1:] if "body" in message)
    return Answer(sent[0]["status"], headers, body.decode())


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDLENS_HOME", str(tmp_path))
    docs = tmp_path / "data_docs" / DAY
    (docs / "validations").mkdir(parents=True)
    (docs / "index.html").write_text("<h1>Quality</h1>")
    (docs / "validations" / "jobs.html").write_text("<p>jobs</p>")
    (tmp_path / "data_docs" / "secret.txt").write_text("beside the days")
    (tmp_path / "sources.toml").write_text("outside")
    return tmp_path


@pytest.fixture
def logged_in(home, monkeypatch):
    """Somebody who may enter; Airflow has no paused DAG."""
    monkeypatch.setitem(pages.app.dependency_overrides, pages.GUARD, lambda: None)
    monkeypatch.setattr(pages, "held_back_runs", lambda settings: [])
    return home


def test_there_are_no_routes_but_ours():
    assert [route.path for route in pages.app.routes] == list(ROUTES)


@pytest.mark.bar(29)
@pytest.mark.parametrize("path", ROUTES.values())
def test_no_route_answers_without_a_login(home, path):
    answer = get(path)
    assert answer.status == 401
    assert "Quality" not in answer.text


@pytest.mark.bar(29)
def test_where_logins_cannot_be_checked_nobody_enters(monkeypatch):
    monkeypatch.setitem(sys.modules, "airflow.api_fastapi.core_api.security", None)
    assert login() is refuse
    closed = FastAPI(dependencies=[Depends(login())])
    closed.get("/")(lambda: "open")
    assert get("/", closed).status == 403


def test_the_quality_pages_of_a_day_are_served(logged_in):
    for path in ("", "index.html"):
        assert get(f"/data-docs/{DAY}/{path}").text == "<h1>Quality</h1>"
    assert (
        get(f"/data-docs/{DAY}/validations/jobs.html")
        .headers["content-type"]
        .startswith("text/html")
    )


@pytest.mark.parametrize(
    "path",
    [
        f"/data-docs/{DAY}/../secret.txt",
        f"/data-docs/{DAY}/%2e%2e/secret.txt",
        f"/data-docs/{DAY}/..%2f..%2fsources.toml",
        f"/data-docs/{DAY}/validations/../../secret.txt",
        f"/data-docs/{DAY}//etc/passwd",
        f"/data-docs/{DAY}/%2fetc%2fpasswd",
        f"/data-docs/{DAY}/outside.txt",
        f"/data-docs/{DAY}/%00",
        f"/data-docs/{DAY}/{'x' * 5000}",
        f"/data-docs/{DAY}/validations",
        "/data-docs/../secret.txt",
        "/data-docs/%2e%2e/sources.toml",
        "/data-docs/2025-04-02/index.html",
    ],
)
def test_nothing_outside_of_the_day_is_given(logged_in, path):
    (logged_in / "data_docs" / DAY / "outside.txt").symlink_to(logged_in / "sources.toml")
    assert get(path).status == 404


@pytest.mark.parametrize("path", ["/", f"/data-docs/{DAY}/index.html", f"/data-docs/{DAY}/none"])
def test_every_page_runs_no_script_and_is_framed_by_airflow_only(logged_in, path):
    policy = get(path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy


@pytest.mark.bar(31)
def test_alerts_and_what_waits_come_first_and_markup_in_them_is_text():
    alert = {"state": "open", "severity": "warning", "day": DAY, "message": EVIL, "next_step": EVIL}
    stale = DayOverview(DayStatus(Day.parse(DAY), "stale", (EVIL, "more")), (alert,), False)
    page = overview_page(Overview((stale,), 3, (alert,)), [f"paused {EVIL}"])
    assert EVIL not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 4
    assert page.index("paused") < page.index("Alerts") < page.index("(and 1 more)")
    assert "3 earlier days are not listed" in page


def test_days_stand_with_their_state_and_a_link_to_their_quality_pages(logged_in):
    store = SliceStore(logged_in / "slices")
    for day in (DAY, "2025-04-03"):
        with store.writer(TABLES["jobs"], Day.parse(day)) as writer:
            writer.finish({})
    page = get("/").text
    assert page.index("2025-04-03") < page.index("2025-04-01")
    assert f'href="data-docs/{DAY}/index.html"' in page
    assert "data-docs/2025-04-02" not in page


def test_a_run_of_another_dag_is_of_no_single_day(logged_in):
    answer = get("/run?dag_id=<b>&run_id=x")
    assert answer.status == 404
    assert "&lt;b&gt;" in answer.text
