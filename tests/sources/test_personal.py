"""Nobody's name passes the door."""

import hashlib
import hmac
import json

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from gridlens.sources import keyed_hash
from gridlens.sources.personal import Redaction, hashed_column

KEY = "a secret of the tests"
REDACTION = Redaction(KEY)
NAME = "Zaphod Beeblebrox"
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "data", "usr", "prodUserName"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_the_hash_is_hmac_sha256_of_the_stripped_value() -> None:
    expected = hmac.new(KEY.encode(), b"Ann", hashlib.sha256).hexdigest()[:32]
    assert keyed_hash(KEY, " Ann\n") == expected


def test_a_column_is_hashed_value_by_value() -> None:
    column = pa.chunked_array([["a", None], ["b", "a"]])
    a, b = keyed_hash(KEY, "a"), keyed_hash(KEY, "b")
    assert hashed_column(KEY, column).to_pylist() == [a, None, b, a]


def test_personal_fields_are_replaced_at_any_depth_and_the_job_name_goes() -> None:
    document = {"data": {"usrDN": NAME, "list": [{"account": NAME}]}, "jobName": f"user.{NAME}"}
    assert json.loads(REDACTION.document(json.dumps(document))) == {
        "data": {"usrDN": keyed_hash(KEY, NAME), "list": [{"account": keyed_hash(KEY, NAME)}]}
    }


def test_the_rest_of_a_document_stays_as_it_was_written() -> None:
    text = '{"a": 1e400, "a": 1.50, "b": "\\ud800", "usr": null}'
    assert REDACTION.document(text) == text


def test_torn_documents_are_redacted_wherever_they_tear() -> None:
    text = json.dumps({"pandaid": 1, "produsername": NAME, "x": {"usr": [NAME, {"n": NAME}]}})
    torn = [REDACTION.document(text[:end]) for end in range(len(text))]
    assert [t for t in torn if "Zaph" in t or "Beeb" in t] == []


def test_a_document_inside_of_a_text_is_redacted() -> None:
    inner = json.dumps({"produsername": NAME, "x": [{"message": json.dumps({"usr": NAME})}]})
    for text in (json.dumps({"message": inner}), json.dumps({"a": {"m": inner}})[:-5]):
        assert "Zaph" not in REDACTION.document(text)
        assert "Beeb" not in REDACTION.document(text)


def test_torn_documents_inside_of_a_text_are_redacted_wherever_they_tear() -> None:
    text = json.dumps({"n": 1, "message": json.dumps({"m": json.dumps({"usr": NAME}), "z": 1})})
    torn = [REDACTION.document(text[:end]) for end in range(len(text))]
    assert [t for t in torn if "Zaph" in t or "Beeb" in t] == []


def test_of_the_rest_of_a_torn_line_only_what_follows_a_whole_key_is_kept() -> None:
    assert REDACTION.document(f'{NAME}", "x": 1}}') == '"x": 1}'
    assert REDACTION.document(NAME) == ""


def test_names_that_a_map_declares_are_personal_too() -> None:
    assert NAME not in Redaction(KEY, ["nickname"]).document(json.dumps({"nick_name": NAME}))


@given(TREES)
def test_no_personal_value_is_left_in_any_document(tree: object) -> None:
    marked = {"usr": NAME, "deep": [tree, {"produserid": {"n": NAME}}], "account": [NAME]}
    assert NAME not in REDACTION.document(json.dumps(marked))
