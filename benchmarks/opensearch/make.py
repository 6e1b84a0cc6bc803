"""An index of job-like documents of 45 fields, for the benchmark of reading them.

    python benchmarks/opensearch/make.py URL INDEX DOCUMENTS

All of them ended on one day. Sizes, names and times are drawn from a seed; about one value in
nine is absent, and a few names are common, as in the real index.
"""

import argparse
import json
import random
import time
import urllib.request
from datetime import datetime, timedelta

DAY = datetime.fromisoformat("2025-04-01")
_BULK = 5_000
_DATE = {"type": "date", "format": "strict_date_optional_time||yyyy-MM-dd HH:mm:ss||epoch_millis"}
_TIMES = ("creationtime", "starttime", "endtime", "statechangetime", "modificationtime")
_SHAPE = {
    "settings": {"number_of_shards": 2, "number_of_replicas": 0, "refresh_interval": -1},
    "mappings": {
        "dynamic_templates": [
            {"t": {"match_mapping_type": "string", "mapping": {"type": "keyword"}}}
        ],
        "properties": dict.fromkeys(_TIMES, _DATE),
    },
}
_PROCESS = "generator_process.merge.AOD.e8514_s4162_r14622"
_SITES = [f"SITE-{n:03d}_UCORE" for n in range(150)]


def document(rng, number):
    """One job."""
    end = rng.randrange(86_400)
    wall, waited = 60 + int(rng.expovariate(1 / 9_000)), int(rng.expovariate(1 / 7_000))
    times = (end - wall - waited, end - wall, end, end + 30, end + 60)
    is_user, has_failed = rng.random() < 0.35, rng.random() < 0.12
    cores, task = 1 if is_user else 8, 41_000_000 + rng.randrange(4_000)
    return {
        "pandaid": 6_600_000_000 + number,
        "jeditaskid": task,
        "reqid": task % 90_000,
        "jobsetid": number // 10,
        "attemptnr": 1 + rng.randrange(3),
        "maxattempt": 5,
        "parentid": None if rng.random() < 0.7 else 6_599_000_000 + number,
        "jobstatus": "failed" if has_failed else "finished",
        "jobsubstatus": None,
        **dict(zip(_TIMES, map(clock, times), strict=True)),
        "computingsite": rng.choice(_SITES),
        "computingelement": f"ce{number % 4:02d}.site{number % 150}.example.org:2811/nordugrid",
        "nucleus": "CERN-PROD",
        "cloud": "WORLD",
        "resource_type": "SCORE" if is_user else "MCORE",
        "gshare": "User Analysis" if is_user else "MC Derivations",
        "prodsourcelabel": "user" if is_user else "managed",
        "processingtype": "panda-client-1.5.79-jedi-run" if is_user else "deriv",
        "transformation": "https://pandaserver.example.org/trf/user/run"
        if is_user
        else "Derivation_tf.py",
        "produsername": f"Person Number {task % 700}",
        "workinggroup": None if is_user else "AP_REPR",
        "corecount": cores,
        "actualcorecount": cores,
        "cpuconsumptiontime": int(wall * cores * 0.8),
        "hs06": 11 * cores,
        "hs06sec": 11 * cores * wall,
        "ninputdatafiles": 1 + rng.randrange(9),
        "inputfilebytes": rng.randrange(1, 20 * 10**9),
        "noutputdatafiles": 2,
        "outputfilebytes": rng.randrange(1, 4 * 10**9),
        "inputfileproject": "mc23_13p6TeV",
        "inputfiletype": "AOD",
        "proddblock": f"mc23_13p6TeV:mc23_13p6TeV.{600_000 + task % 5_000}.{_PROCESS}/",
        "destinationdblock": f"user.someone{task % 700}.{task}.out.{number % 1_000:06d}",
        "piloterrorcode": 1305 if has_failed else 0,
        "piloterrordiag": "Failed to execute payload" if has_failed else None,
        "exeerrorcode": 65 if has_failed else 0,
        "exeerrordiag": "Non-zero return code" if has_failed else None,
        "transexitcode": "65" if has_failed else "0",
        "maxpss": 600_000 + rng.randrange(3_000_000),
        "currentpriority": 1_000 - number % 1_400,
    }


def clock(second):
    """A time of the day as PanDA writes it."""
    return (DAY + timedelta(seconds=second)).isoformat()


def ask(url, method, path, body=None, kind="application/json"):
    """One request."""
    sent = json.dumps(body).encode() if isinstance(body, dict) else body
    request = urllib.request.Request(url + path, sent, {"content-type": kind}, method=method)
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.loads(answer.read())


def make(url, index, documents):
    """Fill the index, unless it has that many."""
    found = ask(url, "GET", f"/_cat/indices/{index}*?format=json")
    if found and found[0]["docs.count"] == str(documents):
        return
    if found:
        ask(url, "DELETE", f"/{index}")
    ask(url, "PUT", f"/{index}", _SHAPE)
    rng, began = random.Random(20250401), time.monotonic()
    for first in range(0, documents, _BULK):
        lines = []
        for number in range(first, min(first + _BULK, documents)):
            lines += [f'{{"index":{{"_id":"{number}"}}}}', json.dumps(document(rng, number))]
        body = ("\n".join(lines) + "\n").encode()
        answer = ask(
            url, "POST", f"/{index}/_bulk?filter_path=errors", body, "application/x-ndjson"
        )
        if answer["errors"]:
            raise SystemExit(f"{index} refused documents from number {first} on")
        if first % 100_000 == 0:
            print(f"{first:,} documents in {time.monotonic() - began:.0f} s", flush=True)
    ask(url, "POST", f"/{index}/_forcemerge?max_num_segments=4")
    ask(url, "POST", f"/{index}/_refresh")


def main():
    """Fill an index."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("index")
    parser.add_argument("documents", type=int)
    given = parser.parse_args()
    print(len(document(random.Random(0), 1)), "fields")
    make(given.url, given.index, given.documents)


if __name__ == "__main__":
    main()
