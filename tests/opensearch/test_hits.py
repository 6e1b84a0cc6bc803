"""One answer of a search, taken apart."""

import json

import pytest

from gridlens.sources.fieldmap import load_map
from gridlens.sources.opensearch.answer import AskAgain
from gridlens.sources.opensearch.hits import page_of
from gridlens.sources.parse import connect
from gridlens.sources.personal import Redaction

JOBS = load_map("panda_jobs_archived")


def answer(*hits, total=None, **more):
    """The body of an answer, compact as OpenSearch writes it."""
    count = len(hits) if total is None else total
    envelope = {
        "took": 1,
        "timed_out": False,
        "_shards": {"total": 2, "successful": 2, "skipped": 0, "failed": 0},
    } | more
    head = json.dumps(envelope, separators=(",", ":"))[:-1]
    found = (
        f'"total":{{"value":{count},"relation":"eq"}},"max_score":null,"hits":[{",".join(hits)}]'
    )
    return f'{head},"hits":{{{found}}}}}'.encode()


def hit(name, source, *sort):
    head = f'{{"_index":"jobs","_id":{json.dumps(name)},"_score":null'
    body = "" if source is None else f',"_source":{source}'
    return f'{head}{body},"sort":{json.dumps(sort)}}}'


def page(body):
    with connect() as con:
        return page_of(con, body, JOBS, Redaction("a key of the tests alone"))


def test_documents_come_back_as_they_are_written():
    odd = '{"pandaid" : 7,  "x": 1.50, "y": "a \\"_source\\": {} \\u00e9", "z": [{}]}'
    found = page(answer(hit("7", odd, 5), hit("8", '{"pandaid":8}', 6)))
    assert found.chunks[0].original([0, 1]) == [
        '{"pandaid": 7, "x": 1.50, "y": "a \\"_source\\": {} é", "z": [{}]}',
        '{"pandaid": 8}',
    ]
    assert found.chunks[0].keys == {"pandaid", "x", "y", "z"}


def test_the_promise_the_shards_and_the_last_place_are_told():
    found = page(answer(hit("7", "{}", 5, "a"), hit("8", "{}", 6, "b"), total=70))
    assert (found.total, found.relation, found.timed_out) == (70, "eq", False)
    assert found.shards["failed"] == 0
    assert (found.hits, found.last_sort) == (2, [6, "b"])


def test_an_id_that_looks_like_the_end_of_a_hit_does_no_harm():
    found = page(answer(hit('}],"_source":{"pandaid":1}', '{"pandaid":7}', 5)))
    assert found.chunks[0].original([0]) == ['{"pandaid": 7}']


def test_a_place_may_be_longer_than_any_usual_one():
    found = page(answer(hit("7", '{"pandaid":7}', 5, "x" * 2000)))
    assert found.last_sort == [5, "x" * 2000]


def test_a_hit_without_its_source_is_a_broken_document():
    found = page(answer(hit("7", None, 5), hit("8", '{"pandaid":8}', 6)))
    broken = found.chunks[0].columns["(broken)"].to_pylist()
    assert broken == ["is too large for an answer, or the index keeps no _source", None]
    assert found.chunks[0].original([0]) == ['{"_id": "7"}']
    assert found.hits == 2


def test_an_answer_without_documents_is_an_empty_page():
    found = page(answer(total=0))
    assert (found.total, found.hits, found.chunks[0].columns.num_rows) == (0, 0, 0)


@pytest.mark.parametrize(
    "body",
    [b'{"ok":true}', b"{}", answer().replace(b'"total":{"value":0,"relation":"eq"},', b"")],
    ids=["another answer", "nothing", "no total"],
)
def test_what_is_no_whole_answer_is_asked_for_again(body):
    with pytest.raises(AskAgain):
        page(body)


def test_a_body_that_was_cut_is_asked_for_again():
    whole = answer(hit("7", '{"pandaid":7}', 5), hit("8", '{"pandaid":8}', 6))
    for end in range(whole.index(b'"hits":[') + 8, len(whole)):
        with pytest.raises(AskAgain, match="not sound JSON"):
            page(whole[:end])
