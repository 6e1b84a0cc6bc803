"""An OpenSearch as the environment describes it."""

import json

import pytest

from gridlens.endpoint import Endpoint
from gridlens.errors import SettingsError
from gridlens.settings import Settings

HOST = "https://os.example:9200"


def parsed(**fields):
    return Endpoint.parse("os", json.dumps(fields))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not JSON", "is not a JSON object"),
        ("[]", "is not a JSON object"),
        ("{}", "hosts is empty"),
        ('{"hosts": "os.example:9200"}', "not of the form https://"),
        ('{"hosts": "ftp://os.example"}', "not of the form https://"),
        ('{"hosts": "https://[os"}', "not of the form https://"),
        ('{"hosts": "https://os.example:92000"}', "not of the form https://"),
        ('{"hosts": "https://os.example:0"}', "not of the form https://"),
        ('{"hosts": "https://os.example:92:9200"}', "not of the form https://"),
        ('{"hosts": "https://os .example"}', "not of the form https://"),
        ('{"hosts": "https://os\\n.example"}', "not of the form https://"),
        ('{"hosts": 5}', "hosts is neither an address"),
        ('{"hosts": null}', "hosts is neither an address"),
        ('{"hosts": [["https://os.example"]]}', "hosts is neither an address"),
        ('{"hosts": "https://planted@os.example"}', "a host holds a login"),
        ('{"hosts": "https://me:planted@os.example:9200"}', "a host holds a login"),
        ('{"hosts": "https://os.example:9200/os"}', "give it as path_prefix"),
        ('{"hosts": "https://os.example#os"}', "give it as path_prefix"),
        ('{"hosts": "https://os.example", "path_prefix": "a?b"}', "path_prefix is not of the form"),
        ('{"hosts": "https://os.example", "path_prefix": "a//b"}', "path_prefix is not of the"),
        ('{"hosts": "https://os.example", "timeout_s": NaN}', "must be above 0, and finite"),
        ('{"hosts": "https://os.example", "patience_s": Infinity}', "above 0, and finite"),
        ('{"hosts": "https://os.example", "pasword": "planted"}', "unknown field 'pasword'"),
        ('{"hosts": "https://os.example", "page_size": 10001}', "1 to 10000 documents"),
        ('{"hosts": "https://os.example", "page_size": true}', "is not of type int"),
        ('{"hosts": "https://os.example", "paging": "scroll"}', "auto, pit, search_after"),
        ('{"hosts": "https://os.example", "token": ["planted"]}', "token is not of type str"),
        ('{"hosts": "https://os.example", "token": "planted", "login": "me"}', "not both"),
        ('{"hosts": "https://os.example", "token": "planted\\n"}', "a space or an end of line"),
        ('{"hosts": "https://os.example", "parallel_requests": 0}', "must be above 0"),
    ],
)
def test_a_wrong_endpoint_is_refused_without_telling_a_secret(text, says):
    with pytest.raises(SettingsError, match=says) as caught:
        Endpoint.parse("os", text)
    assert "planted" not in str(caught.value)


def test_certificates_are_checked_and_two_requests_are_the_most_by_default():
    endpoint = parsed(hosts=HOST)
    assert endpoint.hosts == (HOST,)
    assert endpoint.verify is True
    assert endpoint.parallel_requests == 2


def test_a_whole_number_does_for_a_time():
    assert parsed(hosts=[HOST], timeout_s=5).timeout_s == 5.0


@pytest.mark.parametrize("host", [HOST, f"{HOST}/", f"{HOST}//"])
def test_slashes_at_the_end_of_an_address_are_as_good_as_none(host):
    assert parsed(hosts=host).hosts == parsed(hosts=[host]).hosts == (HOST,)


@pytest.mark.parametrize(
    ("prefix", "path"), [("", ""), ("/", ""), ("os", "/os"), ("/os", "/os"), ("/os/a/", "/os/a")]
)
def test_a_path_prefix_begins_with_a_slash_and_never_prolongs_the_host(prefix, path):
    assert parsed(hosts=HOST, path_prefix=prefix).path_prefix == path


def test_a_path_prefix_that_would_prolong_the_host_is_refused():
    with pytest.raises(SettingsError, match="path_prefix is not of the form /os"):
        Endpoint("os", (HOST,), path_prefix="os")


def test_no_secret_shows_in_an_endpoint_or_in_the_settings_that_hold_it():
    text = json.dumps({"hosts": HOST, "login": "me", "password": "planted"})
    settings = Settings.from_env({"GRIDLENS_ENDPOINT_OPENSEARCH_PANDA": text})
    endpoint = settings.endpoint("opensearch_panda")
    assert endpoint.password == "planted"
    assert "planted" not in f"{endpoint!r} {endpoint} {settings!r}"


def test_an_endpoint_that_nobody_described_names_the_variable_that_would():
    with pytest.raises(SettingsError, match="set GRIDLENS_ENDPOINT_OPENSEARCH_RUCIO to"):
        Settings.from_env({}).endpoint("opensearch_rucio")


PASSWORD = 'p/ä "s'


@pytest.mark.parametrize(
    "form",
    [
        PASSWORD,
        "p%2F%C3%A4%20%22s",
        "p%2f%c3%a4+%22s",
        'p/\\u00e4 \\"s',
        "bWU6cC/DpCAicw==",
    ],
)
def test_a_secret_is_hidden_in_every_form_that_an_answer_may_repeat(form):
    endpoint = parsed(hosts=HOST, login="me", password=PASSWORD)
    assert endpoint.hidden(f"me: {form} is wrong") == "me: *** is wrong"


def test_a_token_is_hidden_and_all_else_is_told():
    endpoint = parsed(hosts=HOST, token="planted")
    assert endpoint.hidden("Bearer planted has expired") == "Bearer *** has expired"
    assert parsed(hosts=HOST).hidden("no such index") == "no such index"
