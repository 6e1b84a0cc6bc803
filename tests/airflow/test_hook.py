"""A connection of Airflow becomes an endpoint of gridlens, and its secrets stay secret."""

import json
import logging

import pytest
from airflow.sdk import Connection

from gridlens.endpoint import Endpoint
from gridlens.errors import SettingsError
from gridlens.settings import Settings
from gridlens_airflow import step
from gridlens_airflow.hook import ConnectionEndpoints, GridlensOpenSearchHook, endpoint_of
from gridlens_airflow.provider import provider_info

TOKEN = "token-that-nobody-may-see"
PASSWORD = "password-that-nobody-may-see"


def connection(extra=None, **fields):
    return Connection(
        conn_id="opensearch_panda",
        conn_type="gridlens_opensearch",
        extra=json.dumps(extra) if extra else None,
        **fields,
    )


@pytest.fixture
def in_airflow(monkeypatch):
    """Makes a connection known to Airflow."""

    def know(made):
        monkeypatch.setenv(f"AIRFLOW_CONN_{made.conn_id.upper()}", made.as_json())

    return know


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "hosts is empty: name at least one"),
        ({"host": "os.example", "schema": "ftp"}, "not of the form https://os.example:9200"),
        ({"host": "os.example:92", "port": 9200}, "not of the form https://os.example:9200"),
        ({"host": "os.example", "extra": {"hosts": None}}, "hosts is neither an address"),
        ({"host": "os.example", "extra": {"colour": 1}}, "unknown field 'colour'"),
        ({"host": "os.example", "extra": {"page_size": "many"}}, "page_size 'many' is not of type"),
        (
            {"host": "os.example", "extra": {"verify": "false"}},
            "verify 'false' is not of type bool",
        ),
        ({"host": "os.example", "login": "me", "extra": {"token": TOKEN}}, "a token or a login"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_connection_that_is_wrong_says_what_is(fields, says):
    with pytest.raises(SettingsError, match=says) as told:
        endpoint_of(connection(**fields))
    assert "endpoint opensearch_panda" in str(told.value)
    assert TOKEN not in str(told.value)


@pytest.mark.parametrize(
    ("fields", "hosts"),
    [
        ({"host": "os.example"}, ("https://os.example:9200",)),
        ({"host": "os.example", "schema": "http", "port": 9201}, ("http://os.example:9201",)),
        ({"host": "https://os.example"}, ("https://os.example:9200",)),
        ({"host": "https://os.example/"}, ("https://os.example:9200",)),
        ({"host": "os.example:92"}, ("https://os.example:92",)),
        ({"host": "http://os.example:92", "port": 92}, ("http://os.example:92",)),
        (
            {"host": "", "extra": {"hosts": ["https://a.example:9200", "https://b.example:9200"]}},
            ("https://a.example:9200", "https://b.example:9200"),
        ),
        ({"host": "os.example", "extra": {"hosts": "https://c.example"}}, ("https://c.example",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_host_port_and_schema_make_the_address_unless_hosts_are_named(fields, hosts):
    assert endpoint_of(connection(**fields)).hosts == hosts


def test_certificates_are_checked_unless_a_person_says_otherwise():
    assert endpoint_of(connection(host="os.example")).verify is True
    assert endpoint_of(connection({"verify": False}, host="os.example")).verify is False


def test_all_fields_of_an_endpoint_can_stand_in_a_connection():
    extra = {
        "path_prefix": "/os",
        "ca_file": "/ca.pem",
        "client_cert": "/me.pem",
        "client_key": "/me.key",
        "paging": "search_after",
        "page_size": 500,
        "parallel_requests": 4,
        "requests_per_second": 5,
        "timeout_s": 7,
        "patience_s": 70.5,
        "keep_alive_s": 60,
        "compress": True,
    }

    made = endpoint_of(connection(extra, host="os.example", login="me", password=PASSWORD))

    assert made == Endpoint(
        "opensearch_panda", ("https://os.example:9200",), login="me", password=PASSWORD, **extra
    )


@pytest.mark.bar(28)
def test_secrets_are_in_no_text_and_masked_in_every_log(caplog):
    from airflow.sdk._shared.secrets_masker import redact

    caplog.set_level(logging.DEBUG)
    by_token = endpoint_of(connection({"token": TOKEN}, host="os.example"))
    by_login = endpoint_of(connection(host="os.example", login="me", password=PASSWORD))

    shown = (
        f"{by_token!r} {by_login} {Settings(home='x', endpoints={'a': by_token})!r} {caplog.text}"
    )
    assert TOKEN not in shown
    assert PASSWORD not in shown
    assert redact(f"{TOKEN} and {PASSWORD}") == "*** and ***"


def test_a_task_finds_the_connection_before_the_variable(in_airflow, monkeypatch):
    monkeypatch.setenv(
        "GRIDLENS_ENDPOINT_OPENSEARCH_PANDA", '{"hosts": "https://variable.example:9200"}'
    )
    assert step.settings().endpoint("opensearch_panda").hosts[0] == "https://variable.example:9200"

    in_airflow(connection(host="connection.example"))

    assert step.settings().endpoint("opensearch_panda").hosts == (
        "https://connection.example:9200",
    )


def test_an_endpoint_that_nobody_knows_says_how_to_make_it():
    settings = Settings(home="x", endpoints=ConnectionEndpoints({}))

    with pytest.raises(SettingsError, match="in Airflow make the connection opensearch_nowhere"):
        settings.endpoint("opensearch_nowhere")


def test_no_connection_is_looked_up_before_it_is_asked_for(in_airflow):
    in_airflow(connection({"colour": "wrong"}, host="os.example"))

    assert list(step.settings().endpoints) == []


def test_the_client_for_operators_has_the_same_address_and_login(in_airflow):
    in_airflow(connection({"path_prefix": "/os"}, host="os.example", login="me", password=PASSWORD))

    client = GridlensOpenSearchHook("opensearch_panda").client

    (there,) = client.transport.hosts
    assert (there["host"], there["port"], there["url_prefix"]) == ("os.example", 9200, "/os")
    assert there["use_ssl"]
    assert client.transport.kwargs["http_auth"] == ("me", PASSWORD)
    assert client.transport.kwargs["verify_certs"] is True


def test_the_test_button_says_what_is_wrong_without_raising(in_airflow):
    in_airflow(connection({"patience_s": 0.1}, host="127.0.0.1", port=9, schema="http"))

    is_good, told = GridlensOpenSearchHook("opensearch_panda").test_connection()

    assert not is_good
    assert "opensearch_panda (http://127.0.0.1:9): GET /: no sound answer" in told


def test_the_test_button_greets_the_server(in_airflow, node):
    in_airflow(connection(host="127.0.0.1", port=node.port, schema="http"))

    is_good, told = GridlensOpenSearchHook("opensearch_panda").test_connection()

    assert is_good
    assert f"opensearch_panda (http://127.0.0.1:{node.port}): OpenSearch " in told


def test_airflow_is_told_of_the_hook_under_the_name_it_has():
    (kind,) = provider_info()["connection-types"]

    assert kind["connection-type"] == GridlensOpenSearchHook.conn_type
    assert kind["hook-class-name"] == f"{GridlensOpenSearchHook.__module__}.GridlensOpenSearchHook"
    assert kind["hook-name"] == GridlensOpenSearchHook.hook_name
