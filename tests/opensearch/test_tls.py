"""OpenSearch behind TLS and a login: who is let in, and how a refusal is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import fault_acts as acts
import pytest
from day_of_jobs import NAME, Scene, around_the_day, ids_of_day
from fault_proxy import FaultProxy, Request
from tls_certificates import Authority

from gridlens.endpoint import Endpoint
from gridlens.errors import SourceRefused, SourceRejected
from gridlens.pipelines import source_check

IDS = ids_of_day(around_the_day())
LOGIN = {"login": "gridlens", "password": "pläñted/p&ss"}
TOKEN = {"token": "planted.token-of-a-minute=="}
PERSONS = pytest.mark.parametrize("person", [LOGIN, TOKEN], ids=["login", "token"])


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The private authority that the endpoint names."""
    return Authority(tmp_path_factory.mktemp("ours"), "ours")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Another one, of the same kind."""
    return Authority(tmp_path_factory.mktemp("theirs"), "theirs")


@pytest.fixture
def behind(scene: Scene, ours: Authority) -> Iterator[Callable[..., Scene]]:
    """Puts the scene behind TLS, with a door that one person alone may pass."""
    with ExitStack() as open_:

        def build(person: dict[str, str], **front: Any) -> Scene:
            door = open_.enter_context(FaultProxy(scene.server.target, tls=ours.front(**front)))
            known = Endpoint(NAME, (door.url,), **person).authorization

            def is_stranger(request: Request) -> bool:
                return request.headers.get("authorization") != known

            door.always(is_stranger, acts.refuses(401, "security_exception", "who are you?"))
            secured = replace(scene, proxy=door)
            return secured.with_endpoint(hosts=(door.url,), ca_file=str(ours.ca_file), **person)

        yield build


def told_by_check(scene: Scene) -> list[str]:
    """The lines of ``gridlens source check``."""
    told: list[str] = []
    source_check(scene.settings, told.append)
    return told


def require_refusal(scene: Scene, why: str) -> None:
    """Hold that extraction and check refuse it, in one line that says why, after few requests."""
    with scene.require_clean_failure(SourceRefused, why):
        scene.extract()
    told: list[str] = []
    with pytest.raises(SourceRejected, match=why):
        source_check(scene.settings, told.append)
    assert len(told) == 1
    assert len(scene.proxy.requests) < 12


@PERSONS
def test_right_login_and_private_authority_are_let_in(
    behind: Callable[..., Scene], person: dict[str, str]
) -> None:
    scene = behind(person)
    scene.extract()
    scene.require_complete(IDS)
    who = "the login" if "login" in person else "the token"
    assert any(f"{who} is accepted" in line for line in told_by_check(scene))


@PERSONS
def test_connection_of_airflow_is_let_in_the_same_way(
    behind: Callable[..., Scene], person: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from gridlens_airflow.hook import ConnectionEndpoints, GridlensOpenSearchHook

    scene = behind(person)
    port = int(scene.endpoint.hosts[0].rpartition(":")[2])
    quick = {"page_size": 10, "requests_per_second": 10_000, "patience_s": 1}
    extra = {"ca_file": scene.endpoint.ca_file, "token": person.get("token", ""), **quick}
    fields = {"login": person.get("login"), "password": person.get("password")}
    connection = {"conn_type": "gridlens_opensearch", "host": "127.0.0.1", "schema": "https"}
    text = json.dumps({**connection, **fields, "port": port, "extra": extra})
    monkeypatch.setenv(f"AIRFLOW_CONN_{NAME.upper()}", text)
    settings = replace(scene.settings, endpoints=ConnectionEndpoints({}))
    scene = replace(scene, settings=settings)

    assert GridlensOpenSearchHook(NAME).test_connection()[0]
    scene.extract()
    scene.require_complete(IDS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "another"},
        {"login": "somebody"},
        {"login": "", "password": ""},
        {"login": "", "password": "", "token": "yesterday"},
    ],
    ids=["password", "login", "none", "token"],
)
def test_wrong_login_is_refused(behind: Callable[..., Scene], wrong: dict[str, str]) -> None:
    scene = behind(LOGIN).with_endpoint(**wrong)
    require_refusal(scene, r"login or token is not accepted \(status 401\): .* who are you\?")


def test_token_that_has_expired_is_refused(behind: Callable[..., Scene]) -> None:
    scene = behind(TOKEN)
    scene.proxy.heal()
    scene.proxy.always(acts.anything, acts.refuses(401, "security_exception", "token expired"))
    require_refusal(scene, r"\(status 401\): security_exception: token expired")


def test_certificate_of_an_authority_that_is_not_ours_is_refused(
    behind: Callable[..., Scene], theirs: Authority
) -> None:
    scene = behind(LOGIN).with_endpoint(ca_file=str(theirs.ca_file))
    require_refusal(scene, r"certificate is not trusted: .* \(ca_file names the CA to trust\)")


def test_private_authority_is_not_trusted_unasked(behind: Callable[..., Scene]) -> None:
    scene = behind(LOGIN).with_endpoint(ca_file="")
    require_refusal(scene, r"certificate is not trusted: .* \(ca_file names the CA to trust\)")


@pytest.mark.parametrize(
    ("front", "why"),
    [
        ({"valid": timedelta(days=-1)}, "certificate is not trusted: certificate has expired"),
        ({"host": "other.example"}, r"certificate is not trusted: .* not valid for '127\.0\.0\.1'"),
    ],
    ids=["expired", "other-host"],
)
def test_certificate_that_does_not_prove_the_host_is_refused(
    behind: Callable[..., Scene], front: dict[str, Any], why: str
) -> None:
    require_refusal(behind(LOGIN, **front), why)


def test_no_request_and_no_login_reaches_a_server_that_is_not_trusted(
    behind: Callable[..., Scene], theirs: Authority
) -> None:
    scene = behind(LOGIN).with_endpoint(ca_file=str(theirs.ca_file))
    with scene.require_clean_failure(SourceRefused):
        scene.extract()
    assert scene.proxy.requests == []


def test_door_that_asks_for_a_certificate_of_ours_gets_it(
    behind: Callable[..., Scene], theirs: Authority
) -> None:
    cert, key = theirs.issue("gridlens")
    scene = behind(LOGIN, clients_of=theirs)
    scene = scene.with_endpoint(client_cert=str(cert), client_key=str(key))
    scene.extract()
    scene.require_complete(IDS)


def test_who_cannot_show_a_certificate_is_refused(
    behind: Callable[..., Scene], theirs: Authority
) -> None:
    scene = behind(LOGIN, clients_of=theirs)
    require_refusal(scene, "look at client_cert and client_key of the connection")
