"""The twin's documents in a real OpenSearch: all of them, as they were written, or an error."""

import gzip
import json
import urllib.request
from dataclasses import replace

import pytest

from gridlens.endpoint import Endpoint
from gridlens.errors import SettingsError, SourceRejected
from gridlens.pipelines.publish import bulk, publish
from gridlens.settings import Settings
from gridlens.sources.config import load_config
from gridlens.sources.opensearch.answer import Rejected
from gridlens.sources.opensearch.client import Client
from gridlens.tables import TABLES
from gridlens.twin import make_days
from gridlens.twin.faults.catalogue import ODD_VALUES
from gridlens.twin.indices import templates
from gridlens.twin.published import documents
from gridlens.window import Day

# Days of their own: other tests publish the paper's days to the same server.
FIRST, OTHER = Day.parse("2024-02-28"), Day.parse("2024-03-05")
MINE = "*-2024.02.28,*-2024.02.29"
ODD = "atlas_jobs_archived-odd"
TEMPLATE = "/_index_template/atlas_jobs_archived"
ALL_INDICES = "format=json&h=index,docs.count&s=index&expand_wildcards=all"
INDEX_IT = b'{"index":{"_index":"%s"}}' % ODD.encode()


def ignore(line):
    pass


def made(home, first, days, jobs_per_day):
    """A home with the exports of that many days."""
    make_days(home, seed=7, first=first, days=days, jobs_per_day=jobs_per_day, progress=ignore)
    return home


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """A home with the exports of two small days."""
    return made(tmp_path_factory.mktemp("exports"), FIRST, 2, 60)


@pytest.fixture
def own_exports(tmp_path):
    """The exports of another day, to spoil."""
    return made(tmp_path / "own", OTHER, 1, 5)


@pytest.fixture(scope="module")
def endpoints(node):
    """The server as both systems; what was published to it is gone after the tests."""
    names = ("opensearch_panda", "opensearch_rucio")
    yield {
        name: Endpoint(name, hosts=(node.url,), requests_per_second=1000.0, patience_s=2.0)
        for name in names
    }
    for index in asked(node, f"/_cat/indices/{MINE},*-2024.03.05,{ODD}*?format=json&h=index"):
        asked(node, "/" + index["index"], method="DELETE")


@pytest.fixture
def settings(endpoints, tmp_path):
    """Settings of an empty home."""
    return Settings(home=tmp_path / "home", endpoints=endpoints)


@pytest.fixture(scope="module")
def published(endpoints, exports, tmp_path_factory):
    """Settings of a home that reads the exports from the server, and the report."""
    settings = Settings(home=tmp_path_factory.mktemp("published") / "home", endpoints=endpoints)
    return settings, publish(settings, exports, progress=ignore)


@pytest.fixture
def client(published):
    """A client of a server that has the templates."""
    settings, _ = published
    with Client(settings.endpoint("opensearch_panda"), settings.slots) as client:
        yield client


def asked(node, path, method="GET"):
    return json.loads(said(node, path, method))


def said(node, path, method="GET"):
    request = urllib.request.Request(node.url + path, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


def with_line(exports, folder, table, line):
    """The exports with one more document."""
    with gzip.open(exports / "exports" / folder / f"{table}-999.ndjson.gz", "wb") as out:
        out.write(line + b"\n")
    return exports


@pytest.fixture
def without_template(node, client, index):
    """A server where one template, and the mark that it gives, is not there."""
    client.request("DELETE", TEMPLATE)
    yield client
    for foreign in asked(node, f"/_cat/indices/*{index}*?{ALL_INDICES}"):
        client.request("DELETE", f"/{foreign['index']}")
    client.request("PUT", TEMPLATE, templates()["atlas_jobs_archived"])


def require_untouched(node, settings, exports, what):
    """Hold that nothing is published, because of this."""
    before = asked(node, f"/_cat/indices?{ALL_INDICES}")
    with pytest.raises(SourceRejected, match=f"{what} was not made by `gridlens twin publish`"):
        publish(settings, exports, progress=ignore)
    assert asked(node, f"/_cat/indices?{ALL_INDICES}") == before
    assert not settings.sources.exists()


def test_a_template_of_somebody_else_stays_as_it_is(node, settings, own_exports, without_template):
    theirs = {"settings": {"index": {"number_of_replicas": "2"}}}
    body = {"index_patterns": ["atlas_jobs_archived*"], "template": theirs}
    without_template.request("PUT", TEMPLATE, body)
    require_untouched(node, settings, own_exports, "the template atlas_jobs_archived")
    (there,) = asked(node, TEMPLATE)["index_templates"]
    assert there["index_template"]["template"] == theirs


@pytest.mark.parametrize("more", [{}, {"settings": {"index": {"hidden": True}}}])
def test_an_index_of_somebody_else_gets_no_document_and_no_template(
    node, settings, own_exports, without_template, index, more
):
    name = f"atlas_jobs_archived-{index}"
    without_template.request("PUT", f"/{name}", more)
    require_untouched(node, settings, own_exports, f"the index {name}")
    with pytest.raises(Rejected, match="atlas_jobs_archived"):
        without_template.request("GET", TEMPLATE)


def test_an_index_of_somebody_else_is_found_by_its_alias_too(
    node, settings, own_exports, without_template, index
):
    alias = {"aliases": {"monit_prod_ddm_enr_transfer-live": {}}}
    without_template.request("PUT", f"/{index}", alias)
    require_untouched(node, settings, own_exports, f"the index {index}")


def test_exports_that_are_not_there_are_an_error(settings, tmp_path):
    with pytest.raises(SettingsError, match="has no exports of the twin"):
        publish(settings, tmp_path, progress=ignore)


def test_a_home_that_reads_from_elsewhere_keeps_its_sources(settings, exports):
    before = (exports / "sources.toml").read_text()
    with pytest.raises(SettingsError, match="into a home of its own, GRIDLENS_HOME"):
        publish(replace(settings, home=exports), exports, progress=ignore)
    assert (exports / "sources.toml").read_text() == before


def test_a_document_that_the_index_refuses_is_named_with_the_reason(settings, own_exports):
    spoilt = with_line(own_exports, str(OTHER), "transfers", b'{"data":"a text"}')
    name = next(name for _, name, text in documents(spoilt) if text == b'{"data":"a text"}')
    with pytest.raises(SourceRejected, match="refuses the document") as caught:
        publish(settings, spoilt, progress=ignore)
    assert f"monit_prod_ddm_enr_transfer-2024.03.05 refuses the document {name}" in str(
        caught.value
    )
    assert "object mapping for [data]" in str(caught.value)
    assert not settings.sources.exists()


def test_documents_of_other_exports_are_noticed(settings, own_exports, tmp_path):
    publish(settings, own_exports, progress=ignore)
    others = made(tmp_path / "others", OTHER, 1, 6)
    with pytest.raises(SourceRejected, match=r"were sent: if it holds those of other exports"):
        publish(settings, others, progress=ignore)


def test_every_document_comes_back_byte_for_byte(node, published, exports):
    sent = list(documents(exports))
    stored = {
        index: said(node, f"/{index}/_search?size=10000")
        for index in {index for index, _, _ in sent}
    }
    names = {
        (index, hit["_id"])
        for index, body in stored.items()
        for hit in json.loads(body)["hits"]["hits"]
    }
    assert names == {(index, name) for index, name, _ in sent}
    assert published[1].numbers["documents"] == len(sent)
    for index, _, text in sent:
        assert b'"_source":%s}' % text in stored[index]


def test_every_line_of_the_exports_is_a_document(exports):
    lines = sorted(
        line
        for path in (exports / "exports").rglob("*.ndjson.gz")
        if "datasets" not in path.name
        for line in gzip.decompress(path.read_bytes()).splitlines()
    )
    assert sorted(text for _, _, text in documents(exports)) == lines
    assert len({(index, name) for index, name, _ in documents(exports)}) == len(lines)


def test_published_twice_they_are_the_same_documents(node, published, settings, exports):
    count = asked(node, f"/{MINE}/_count")["count"]
    publish(settings, exports, progress=ignore)
    assert asked(node, f"/{MINE}/_count")["count"] == count == len(list(documents(exports)))


def test_the_home_reads_the_same_tables_over_the_same_days(published, exports):
    files, indices = (load_config(h / "sources.toml") for h in (exports, published[0].home))
    assert (indices.begins, indices.ends) == (files.begins, files.ends)
    assert {i.index for entries in indices.indices.values() for i in entries} == {
        "atlas_jobs_archived-*",
        "atlas_job_files-*",
        "atlas_tasks-*",
        "monit_prod_ddm_enr_transfer-*",
    }
    assert {*indices.indices} | {*indices.by_table} == {
        table.name for table in TABLES.values() if not table.optional
    }
    (datasets,) = indices.by_table["datasets"]
    assert len(datasets.paths(FIRST)) == 1


def test_a_value_of_an_odd_type_is_kept_and_its_document_is_found_by_its_time(node, client):
    documents = [
        {"reqid": odd, "nevents": odd, "endtime": "2024-04-01T00:00:00Z", "pandaid": number}
        for number, odd in enumerate((*ODD_VALUES, {"deep": {"er": [1]}}, [{"x": 1}]))
    ]
    bulk(client, [line for d in documents for line in (INDEX_IT, json.dumps(d).encode())])
    asked(node, f"/{ODD}/_refresh", method="POST")
    found = asked(node, f"/{ODD}/_search?q=endtime:1711929600000&sort=pandaid&size=50")
    assert [hit["_source"] for hit in found["hits"]["hits"]] == documents


def test_every_form_of_a_time_that_panda_writes_is_that_time(node, client):
    forms = (
        "2025-04-01 00:00:00",
        "2025-04-01T00:00:00",
        "2025-04-01T00:00:00+00:00",
        "2025-04-01T00:00:00Z",
        "2025-04-01 00:00:00.000000",
        1743465600000,
    )
    documents = [json.dumps({"starttime": form}).encode() for form in forms]
    bulk(client, [line for text in documents for line in (INDEX_IT, text)])
    asked(node, f"/{ODD}/_refresh", method="POST")
    assert asked(node, f"/{ODD}/_count?q=starttime:1743465600000")["count"] == len(forms)


def test_a_new_field_shows_in_the_mapping_and_a_null_does_not(node, client):
    text = {"brand_new": "2025-04-01", "number": 7, "nothing": None}
    bulk(client, [INDEX_IT, json.dumps(text).encode()])
    fields = asked(node, f"/{ODD}/_mapping")[ODD]["mappings"]["properties"]
    assert fields["brand_new"]["type"] == "keyword"
    assert fields["number"]["type"] == "long"
    assert "nothing" not in fields


def test_nested_fields_have_their_types(node, published):
    index = "monit_prod_ddm_enr_transfer-2024.02.28"
    fields = asked(node, f"/{index}/_mapping")[index]["mappings"]["properties"]
    assert fields["data"]["properties"]["started_at"] == {"type": "long"}
    assert fields["metadata"]["properties"]["timestamp"]["type"] == "date"
