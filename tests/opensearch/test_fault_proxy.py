"""The proxy itself: it does what the script says, and nothing else."""

import http.client
import json
import socket
import ssl
import threading
import urllib.error
import urllib.request
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import fault_acts as acts
import pytest
from fault_proxy import FaultProxy
from tls_certificates import Authority

HITS = [{"_id": str(n), "sort": [n]} for n in range(4)]
PAGE = {
    "timed_out": False,
    "_shards": {"total": 2, "successful": 2, "failed": 0},
    "hits": {"total": {"value": 4, "relation": "eq"}, "hits": HITS},
}
SEARCH = json.dumps({"size": 4, "sort": ["_doc"]}).encode()


class Server(BaseHTTPRequestHandler):
    """Answers everything with one page of hits."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps(PAGE).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def target():
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def proxy(target):
    with FaultProxy(target) as proxy:
        yield proxy


def ask(proxy, path="/jobs/_search", context=None):
    """One search through the proxy."""
    request = urllib.request.Request(proxy.url + path, SEARCH, method="POST")
    with urllib.request.urlopen(request, timeout=10, context=context) as answer:
        return json.loads(answer.read())


def test_what_no_rule_names_passes_untouched_and_is_written_down(proxy):
    assert ask(proxy, "/jobs/_search?a=1") == PAGE
    [request] = proxy.requests
    assert (request.method, request.path, request.params) == ("POST", "/jobs/_search", {"a": "1"})
    assert request.json() == {"size": 4, "sort": ["_doc"]}
    assert acts.is_page(request)
    assert not acts.is_later_page(request)


def test_rule_acts_on_the_nth_request_that_it_names_and_so_many_after_it(proxy):
    proxy.on(acts.is_search, acts.answers(503), nth=2, times=2)
    proxy.on(acts.is_look, acts.answers(500))
    statuses = []
    for _ in range(4):
        try:
            ask(proxy)
            statuses.append(200)
        except urllib.error.HTTPError as error:
            statuses.append(error.code)
            error.close()
    assert statuses == [200, 503, 503, 200]


def test_refusal_has_the_form_and_the_headers_of_the_real_one(proxy):
    proxy.on(acts.anything, acts.refuses(429, "circuit_breaking_exception", retry_after="3"))
    with pytest.raises(urllib.error.HTTPError) as raised:
        ask(proxy)
    with raised.value as error:
        assert (error.code, error.headers["retry-after"]) == (429, "3")
        assert json.loads(error.read())["error"]["type"] == "circuit_breaking_exception"


@pytest.mark.parametrize("act", [acts.resets_before, acts.resets_after])
def test_reset_tears_the_connection_down(proxy, act):
    proxy.on(acts.anything, act)
    with pytest.raises(ConnectionResetError):
        ask(proxy)
    assert ask(proxy) == PAGE


def test_truncated_body_is_shorter_than_it_says(proxy):
    proxy.on(acts.anything, acts.truncates)
    with pytest.raises(http.client.IncompleteRead):
        ask(proxy)


def test_cut_json_has_the_length_that_it_says(proxy):
    proxy.on(acts.anything, acts.cuts_json)
    with pytest.raises(json.JSONDecodeError):
        ask(proxy)


@pytest.mark.parametrize(
    ("change", "hits", "told"),
    [
        (acts.timed_out, 3, {"timed_out": True}),
        (acts.all_shards_failed, 0, {"total": 0}),
        (acts.total_is_capped, 4, {"relation": "gte"}),
        (acts.total_plus(2), 4, {"total": 6}),
        (acts.total_plus(-1), 4, {"total": 3}),
        (acts.hits_cut, 2, {}),
        (acts.no_hits, 0, {}),
        (acts.hits_repeated, 5, {}),
    ],
)
def test_answers_are_spoilt_as_named(proxy, change, hits, told):
    proxy.on(acts.is_search, acts.edits(change))
    page = ask(proxy)
    total = page["hits"]["total"]
    facts = {
        "timed_out": page["timed_out"],
        "total": total["value"],
        "relation": total["relation"],
    }
    sound = {"timed_out": False, "total": 4, "relation": "eq"}
    assert len(page["hits"]["hits"]) == hits
    assert facts == sound | told
    assert ask(proxy) == PAGE


def test_shards_can_fail_or_be_left_out(proxy):
    proxy.on(acts.is_search, acts.edits(acts.shard_failed))
    proxy.on(acts.is_search, acts.edits(acts.without_shards), nth=2)
    assert ask(proxy)["_shards"]["failed"] == 1
    assert "_shards" not in ask(proxy)


def test_deed_is_done_before_the_request_goes_on(proxy):
    done = []
    proxy.on(acts.is_search, acts.first(lambda: done.append(len(proxy.requests))))
    assert ask(proxy) == PAGE
    assert done == [1]


def test_most_requests_at_once_are_counted(proxy):
    together = threading.Barrier(3)
    proxy.always(acts.anything, acts.first(lambda: together.wait(10)))
    threads = [threading.Thread(target=ask, args=(proxy,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert proxy.most_at_once == 3


def test_server_that_is_down_is_a_reset():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{free.getsockname()[1]}"
    with FaultProxy(nobody) as proxy, pytest.raises(ConnectionResetError):
        ask(proxy)


def test_mistake_in_a_rule_fails_the_test(target):
    proxy = FaultProxy(target).__enter__()
    proxy.on(acts.anything, acts.edits(lambda value: value.pop("not there")))
    with pytest.raises((OSError, http.client.HTTPException)):
        ask(proxy)
    with pytest.raises(KeyError, match="not there"):
        proxy.__exit__(None, None, None)


def test_prefix_is_a_door_without_which_nothing_is_found(target):
    with FaultProxy(target, prefix="/os") as proxy:
        assert ask(proxy, "/os/jobs/_search") == PAGE
        assert proxy.requests[0].path == "/jobs/_search"
        with pytest.raises(urllib.error.HTTPError) as raised:
            ask(proxy)
        raised.value.close()


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ours"), "ours")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("theirs"), "theirs")


def test_tls_front_is_trusted_by_who_knows_its_authority(target, ours):
    with FaultProxy(target, tls=ours.front()) as proxy:
        assert ask(proxy, context=ssl.create_default_context(cafile=ours.ca_file)) == PAGE


@pytest.mark.parametrize(
    ("front", "why"),
    [
        ({"valid": timedelta(days=-1)}, "expired"),
        ({"host": "other.example"}, "not valid for '127.0.0.1'"),
    ],
)
def test_bad_certificate_is_bad_in_the_way_that_it_should_be(target, ours, front, why):
    context = ssl.create_default_context(cafile=ours.ca_file)
    with (
        FaultProxy(target, tls=ours.front(**front)) as proxy,
        pytest.raises(urllib.error.URLError, match=why),
    ):
        ask(proxy, context=context)


def test_other_authority_is_not_trusted(target, ours, theirs):
    context = ssl.create_default_context(cafile=theirs.ca_file)
    with (
        FaultProxy(target, tls=ours.front()) as proxy,
        pytest.raises(urllib.error.URLError, match=r"self-signed|unable to get local issuer"),
    ):
        ask(proxy, context=context)


def test_client_without_a_certificate_is_turned_away(target, ours, theirs):
    known = ssl.create_default_context(cafile=ours.ca_file)
    known.load_cert_chain(*theirs.issue("a client"))
    unknown = ssl.create_default_context(cafile=ours.ca_file)
    with FaultProxy(target, tls=ours.front(clients_of=theirs)) as proxy:
        assert ask(proxy, context=known) == PAGE
        with pytest.raises(urllib.error.URLError, match="alert"):
            ask(proxy, context=unknown)
        assert len(proxy.requests) == 1
