"""Ten thousand documents that nobody wrote with care."""

import gzip
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from source_exports import loaded
from source_oracle import Malformed, read_value

from gridlens.sources import Reading
from gridlens.tables import JOBS

ODD: list[Any] = [
    None,
    "",
    " ",
    "NULL",
    "None",
    "nan",
    "UNKNOWN",
    0,
    -1,
    1,
    "12",
    "12.0",
    12.0,
    1.5,
    "abc",
    True,
    False,
    2**63,
    -(2**63),
    10**400,
    "1e3",
    1e300,
    "1_0",
    "0x1",
    "٣",
    {"a": 1},
    [],
    [1],
    "{}",
    "a\0b",
    "é",
    "x" * 300,
    "2025-04-01",
    "2025-04-01T01:02:03Z",
    "2025-04-01 01:02:03.5+05:30",
    "4/1/2025 1:02",
    "13/1/2025 1:02",
    "1970-01-01 00:00:00",
    1743500000,
    1743500000123,
    1743500000.5,
    "1743500000",
    "2025-04-31",
    "infinity",
    " user ",
    "finished",
    "-0",
    "+7",
    "007",
    ".5",
    "5.",
    "1.0e2",
    "12abc",
    "2025-04-01 23:59:60",
]


def fuzzed(seed: int, count: int) -> list[str]:
    rng = random.Random(seed)
    names = [c.name for c in JOBS.columns]
    documents = []
    for n in range(count):
        document: dict[str, Any] = {"pandaid": n + 1, "endtime": "2025-04-01 10:00:00"}
        for name in rng.sample(names, 6):
            if rng.random() < 0.4:
                document[name] = rng.choice(ODD)
        text = json.dumps(document)
        documents.append(text[: rng.randrange(1, len(text))] if rng.random() < 0.02 else text)
    return documents


def judged(text: str) -> tuple[bool, dict[str, Any]]:
    """Whether the oracle accepts the document, and what it reads from it."""
    try:
        document = json.loads(text, parse_float=str)
    except ValueError:
        return False, {}
    try:
        row = {c.name: read_value(c, document.get(c.name)) for c in JOBS.columns}
    except Malformed:
        return False, {}
    times = [row[c] for c in JOBS.day_from]
    return row["pandaid"] is not None and any(times), row


@pytest.mark.bar(7)
def test_of_10000_fuzzed_documents_each_is_accepted_or_kept_with_field_and_reason(
    tmp_path: Path,
) -> None:
    texts = fuzzed(7, 10_000)
    path = tmp_path / "jobs.ndjson.gz"
    path.write_bytes(gzip.compress("\n".join(texts).encode()))
    reading = Reading()
    rows = loaded("panda_jobs_archived", path, reading=reading)["jobs"]
    verdicts = [judged(t) for t in texts]

    assert reading.documents == reading.rows == len(rows) == 10_000
    accepted = [r for r in rows if r["problem"] is None]
    assert len(accepted) == sum(good for good, _ in verdicts)
    assert all(field and reason for field, reason in (r["problem"] for r in rows if r["problem"]))
    expected = [row for good, row in verdicts if good]
    hashed = {c.name for c in JOBS.columns if c.personal == "hashed"}
    plain = [c.name for c in JOBS.columns if c.name not in hashed]
    taken = [{n: row[n] for n in plain} for row in accepted]
    assert taken == [{n: row[n] for n in plain} for row in expected]
    nulls = Counter(n for r in accepted for n in row_nulls(r, hashed))
    assert nulls == Counter(n for r in expected for n in row_nulls(r, hashed))


def row_nulls(row: dict[str, Any], names: set[str]) -> list[str]:
    return [n for n in names if row[n] is None]
