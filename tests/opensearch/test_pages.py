"""An answer read at once gives what it gives document by document."""

import json
import random
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridlens.sources.fieldmap import load_map
from gridlens.sources.opensearch import hits, pages
from gridlens.sources.opensearch.cutting import cut
from gridlens.sources.opensearch.shape import Shape
from gridlens.sources.opensearch.typed import Odd, columns_of
from gridlens.sources.parse import connect, parse
from gridlens.sources.personal import Redaction

KEY = "a key of the tests alone"
JOBS, TRANSFERS = load_map("panda_jobs_archived"), load_map("rucio_enriched_transfers")
PLAIN = '{"pandaid":%d,"endtime":"2025-04-01 10:00:00","produsername":"A Name","corecount":8}'


@pytest.fixture(scope="module")
def con():
    with connect() as con:
        yield con


def answer(*documents):
    """The body of an answer, as OpenSearch writes it."""
    found = ",".join(
        f'{{"_index":"jobs","_id":"{n}","_score":null,"_source":{document},"sort":[{n}]}}'
        for n, document in enumerate(documents)
    )
    head = '{"timed_out":false,"_shards":{"total":2,"successful":2,"failed":0},"hits":'
    total = f'{{"total":{{"value":{len(documents)},"relation":"eq"}},"max_score":null'
    return f'{head}{total},"hits":[{found}]}}}}'.encode()


def told(con, page, field_map):
    """All that becomes of a page's documents: rows, problems, days, kinds, and the evidence."""
    out = []
    for chunk in page.chunks:
        parsed = parse(con, chunk, field_map, KEY)
        every = zip(
            parsed.rows.to_pylist(),
            parsed.problems.to_pylist(),
            parsed.days.to_pylist(),
            parsed.outcomes.to_pylist(),
            parsed.others.to_pylist(),
            parsed.original(range(len(parsed))),
            strict=True,
        )
        out += [repr(each) for each in every]
    return out


def both(con, *bodies, field_map=JOBS, shape=None):
    """What answers become at once, and document by document."""
    redaction = Redaction(KEY, field_map.personal)
    shape = shape or Shape(field_map)
    quick = [pages.page_of(con, body, field_map, redaction, shape) for body in bodies]
    slow = [hits.page_of(con, body, field_map, redaction) for body in bodies]
    assert [replace(p, chunks=()) for p in quick] == [replace(p, chunks=()) for p in slow]
    assert seen(quick) == seen(slow)
    return [[each for p in way for each in told(con, p, field_map)] for way in (quick, slow)]


def seen(found):
    """Names of fields, and what their values are."""
    keys, kinds = set(), {}
    for chunk in (chunk for page in found for chunk in page.chunks):
        keys |= chunk.keys
        for name, some in chunk.kinds.items():
            kinds[name] = kinds.get(name, frozenset()) | some
    return keys, kinds


ODD = [
    '{"pandaid":1,"pandaid":2}',
    '{"pandaid":"1"}',
    '{"pandaid":1.5}',
    '{"pandaid":1e3}',
    '{"pandaid":-0}',
    '{"pandaid":9223372036854775808}',
    '{"pandaid":9007199254740993.0}',
    '{"pandaid":1e400}',
    '{"pandaid":true}',
    '{"pandaid":[1]}',
    '{"pandaid":{"a":1}}',
    '{"pandaid":null}',
    "{}",
    '{"pandaid":1,"jobstatus":5}',
    '{"pandaid":1,"jobstatus":1.50}',
    '{"pandaid":1,"jobstatus":"a\\u0000b"}',
    '{"pandaid":1,"jobstatus":"\\ud800"}',
    f'{{"pandaid":1,"gshare":"{"é" * 99}","jobstatus":"\\ud800"}}',
    f'{{"pandaid":1,"gshare":"x{"é" * 99}","jobstatus":"\\ud800"}}',
    '{"pandaid":1,"jobstatus":"\u00e9 \\u00e9 \\"_source\\":{} "}',
    '{"pandaid":1,"jobstatus":"},\\"sort\\":[1]},{"}',
    '{"pandaid":1,"new":{"_source":{"a":1},"sort":[1]}}',
    '{"pandaid":1,"new":[{"a":{},"sort":[1]},{"_index":"x","_id":"y","_source":{}}]}',
    '{"pandaid":1,"new":{"deep":[1,"a",null]}}',
    '{"pandaid":1,"new":"2025-04-01 10:00:00"}',
    '{"pandaid":1,"PandaID":2}',
    '{"pandaid":1,"\\ufeffpandaid":2}',
    '{"pandaid":1,"corecount ":2,"corecount":3}',
    '{"pandaid":1,"":2,"a\\"b":3}',
    '{"pandaid":1,"data":{"jobstatus":"finished","payload":{"corecount":1}}}',
    '{"pandaid":1,"data":null}',
    '{"pandaid":1,"data":7}',
    '{"pandaid":1,"data.jobstatus":"failed"}',
    '{"pandaid":1, "endtime" : "2025-04-01T10:00:00Z"  }',
    '{"pandaid":1,"endtime":1743500000.5}',
    '{"pandaid":1,"endtime":1743500000}',
    '{"pandaid":1,\n"corecount":\n8}',
    '{"pandaid":1,"corecount":"NULL","jobstatus":" unknown "}',
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("where", ["alone", "first", "last", "after learning"])
def test_an_odd_document_is_read_as_it_stands(con, odd, where):
    plain = [PLAIN % n for n in range(10, 13)]
    shape = Shape(JOBS)
    if where == "after learning":
        shape.learn(map(json.loads, plain))
    documents = {"alone": [odd], "first": [odd, *plain]}.get(where, [*plain, odd])
    at_once, one_by_one = both(con, answer(*documents), shape=shape)
    assert at_once == one_by_one
    assert len(at_once) == len(documents)


def test_a_field_that_one_document_of_thousands_has_is_seen(con):
    documents = [PLAIN % n for n in range(5_000)]
    documents[4_321] = '{"pandaid":1,"new":true,"jobstatus":"finished"}'
    at_once, one_by_one = both(con, answer(*documents))
    assert at_once == one_by_one


def test_plain_documents_are_read_at_once_and_an_odd_one_costs_its_neighbours_alone(con):
    documents = [PLAIN % n for n in range(5_000)]
    body = answer(*documents)
    shape, redaction = Shape(JOBS), Redaction(KEY, ())
    assert len(pages.page_of(con, body, JOBS, redaction, shape).chunks) == 1
    documents[3_000] = '{"pandaid":"abc"}'
    found = pages.page_of(con, answer(*documents), JOBS, redaction, shape)
    numbers = [pa.types.is_int64(c.columns[c.fields[0].column].type) for c in found.chunks]
    assert numbers == [True, True, False, True, True]


def test_what_is_odd_at_first_is_plain_once_it_is_known(con):
    shape, redaction = Shape(JOBS), Redaction(KEY, ())
    bare = [f'{{"pandaid":{n},"jobstatus":null}}' for n in range(300)]
    shape.learn(map(json.loads, bare))
    known = answer(*(f'{{"pandaid":{n},"jobstatus":"finished"}}' for n in range(300)))
    with pytest.raises(Odd):
        columns_of(cut(known).documents, shape, JOBS.wanted)
    pages.page_of(con, known, JOBS, redaction, shape)
    columns_of(cut(known).documents, shape, JOBS.wanted)


def test_an_answer_without_documents_or_of_another_form_is_not_cut():
    assert cut(answer()) is None
    assert cut(answer('{"a":1}').replace(b',"sort":', b', "sort": ')) is None
    three = answer('{"a":1}', '{"b":1}', '{"c":1}')
    for document in (b'{"a":1}', b'{"b":1}', b'{"c":1}'):
        assert cut(three.replace(b'"_source":' + document + b",", b"")) is None


def test_a_hit_without_a_document_between_others_is_kept(con):
    body = answer(*(PLAIN % n for n in range(3))).replace(
        b'"_source":%b,' % (PLAIN % 1).encode(), b""
    )
    at_once, one_by_one = both(con, body)
    assert at_once == one_by_one
    assert len(at_once) == 3


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**64), 2**64),
    st.integers(0, 4_000_000_000),
    st.sampled_from([1.5, 1.0, 0.0, 2.0**53, 1743500000.5]),
    st.text(max_size=6),
    st.sampled_from(["finished", "NULL", " ", "12", "2025-04-01 10:00:00", "2025-04-01T10:00:00Z"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)
NAMES = st.sampled_from([c.name for c in JOBS.table.columns] + ["new", "data", "data.cloud"])
DOCUMENTS = st.lists(st.dictionaries(NAMES, VALUES, max_size=5), min_size=1, max_size=6)


@given(DOCUMENTS, DOCUMENTS, st.booleans())
@settings(deadline=None, max_examples=150)
def test_any_two_answers_are_read_at_once_as_they_are_one_by_one(con, first, second, ascii_only):
    bodies = [
        answer(*(json.dumps(d, ensure_ascii=ascii_only) for d in documents))
        for documents in (first, second)
    ]
    at_once, one_by_one = both(con, *bodies)
    assert at_once == one_by_one


def test_documents_in_a_wrapper_are_read_at_once(con):
    rng = random.Random(3)
    documents = [
        json.dumps(
            {
                "metadata": {"timestamp": 1743500000000 + n, "kind": None},
                "data": {
                    "event_type": "transfer-done",
                    "transfer_id": f"id-{n}",
                    "file_size": rng.choice([None, rng.randrange(10**10)]),
                    "started_at": rng.choice([1743500000, 1743500000.5]),
                    "account": "someone",
                },
            }
        )
        for n in range(400)
    ]
    at_once, one_by_one = both(con, answer(*documents), field_map=TRANSFERS)
    assert at_once == one_by_one
