"""Planted secrets: a server repeats them in all it says, and nothing of ours tells them."""

from __future__ import annotations

import json
import logging
import traceback
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import quote, quote_plus

import fault_acts as acts
import pyarrow.parquet as pq
import pytest
from day_of_jobs import NAME, Scene
from fault_proxy import Answer, Exchange

from gridlens.cli import main
from gridlens.errors import GridlensError
from gridlens.pipelines import greet, source_check
from gridlens.sources import Client

LOGIN = {"login": "gridlens", "password": 'pläñ ted/p&ss+"w\\rd"?'}
TOKEN = {"token": "planted/token+of=a&minute%=="}


def forms(scene: Scene) -> set[str]:
    """The secrets of the scene's endpoint, in every form that a text may have them in."""
    endpoint = scene.endpoint
    sent = endpoint.authorization.partition(" ")[2]
    secrets = {s for s in (endpoint.password, endpoint.token, sent) if s}
    packed = {b64encode(s.encode()).decode() for s in secrets}
    dressed = {dress(s) for s in secrets for dress in (quote, quote_plus, json.dumps, repr, ascii)}
    return secrets | packed | dressed | {quote(s, "") for s in secrets}


def repeats_who_asks(status: int, *, is_json: bool = True) -> Callable[[Exchange], None]:
    """Refuse with a text that has the login or token in every form."""

    def act(exchange: Exchange) -> None:
        sent = exchange.request.headers["authorization"].partition(" ")[2]
        bare = sent if "token" in sent else b64decode(sent).decode().partition(":")[2]
        reason = f"{bare} is wrong, and so is {sent} or {quote(bare, '')} or {quote_plus(bare)}"
        error = {"error": {"type": "security_exception", "reason": reason}}
        plain = {"content-type": "text/plain; charset=utf-8"}
        answer = Answer.of(error, status) if is_json else Answer(status, plain, reason.encode())
        exchange.answer(answer)

    return act


@pytest.fixture(params=[LOGIN, TOKEN], ids=["login", "token"])
def planted(scene: Scene, request: pytest.FixtureRequest) -> Scene:
    """The scene, where we have a secret."""
    return scene.with_endpoint(**request.param)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[..., str]]:
    """All that anybody can read after some calls: errors with their traces, texts and logs."""
    caplog.set_level(logging.DEBUG)

    def tell(*calls: Callable[[], object]) -> str:
        texts = []
        for call in calls:
            try:
                texts.append(f"{call()!s}")
            except GridlensError as error:
                texts += [str(error), repr(error), *traceback.format_exception(error)]
        records = [repr(vars(record)) for record in caplog.records]
        return "\n".join([*texts, caplog.text, *records])

    return tell


def require_secret(scene: Scene, text: str) -> None:
    """Hold that no secret is in a text, in no form."""
    assert text
    assert [form for form in forms(scene) if form.lower() in text.lower()] == []


def written(scene: Scene) -> str:
    """All files below the home, tables as their values."""
    files = [file for file in scene.settings.home.rglob("*") if file.is_file()]
    tables = [file for file in files if file.suffix == ".parquet"]
    texts = [file.read_bytes().decode("utf-8", "replace") for file in files]
    return "\n".join([*texts, *(str(pq.read_table(file).to_pylist()) for file in tables)])


@pytest.mark.bar(28)
@pytest.mark.parametrize("is_json", [True, False], ids=["json", "text"])
@pytest.mark.parametrize("status", [400, 401, 403, 429, 503])
def test_refusal_that_repeats_a_secret_is_told_without_it(
    planted: Scene, told: Callable[..., str], status: int, is_json: bool
) -> None:
    planted = planted.with_endpoint(patience_s=0.1)
    planted.proxy.always(acts.is_page, repeats_who_asks(status, is_json=is_json))
    text = told(planted.extract)
    assert "*** is wrong, and so is *** or ***" in text
    require_secret(planted, text)


@pytest.mark.bar(28)
def test_extraction_that_succeeds_after_refusals_writes_and_logs_no_secret(
    planted: Scene, told: Callable[..., str]
) -> None:
    planted.proxy.on(acts.is_page, repeats_who_asks(429), times=2)
    text = told(lambda: planted.extract().summary())
    assert "*** is wrong" in text
    require_secret(planted, text)
    assert planted.manifest().quarantined
    require_secret(planted, written(planted))


def test_looks_at_the_sources_tell_no_secret(planted: Scene, told: Callable[..., str]) -> None:
    lines: list[str] = []
    planted.proxy.always(acts.anything, repeats_who_asks(401))
    text = told(
        lambda: source_check(planted.settings, lines.append), lambda: greet(planted.endpoint)
    )
    require_secret(planted, "\n".join([text, *lines]))


@pytest.mark.bar(28)
def test_command_prints_no_secret(
    planted: Scene, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = {"password": planted.endpoint.password} | (
        {"token": planted.endpoint.token} if planted.endpoint.token else {"login": "gridlens"}
    )
    given = {"hosts": planted.proxy.url, "patience_s": 0.1} | secret
    monkeypatch.setenv("GRIDLENS_HOME", str(planted.settings.home))
    monkeypatch.setenv("GRIDLENS_PERSONAL_KEY", planted.settings.personal_key)
    monkeypatch.setenv(f"GRIDLENS_ENDPOINT_{NAME.upper()}", json.dumps(given))
    assert main(["source", "check"]) == 0
    planted.proxy.always(acts.anything, repeats_who_asks(401))
    assert main(["source", "check"]) == 2
    assert main(["run-day", "2025-04-01"]) == 2
    require_secret(planted, "".join(capfd.readouterr()))


@pytest.mark.bar(28)
def test_no_value_of_ours_shows_a_secret(planted: Scene) -> None:
    with Client(planted.endpoint, planted.settings.slots) as client:
        values = (planted.settings, planted.endpoint, client, replace(planted.endpoint, name="b"))
        require_secret(planted, f"{values!r} {client.address}")
    assert planted.settings.personal_key not in repr(planted.settings)
