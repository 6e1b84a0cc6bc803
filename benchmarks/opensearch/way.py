"""One way of reading all documents of an index, in a process of its own.

    python benchmarks/opensearch/way.py WAY URL INDEX FOLDER

Prints documents, seconds, seconds of CPU and peak MB of memory as JSON.
"""

import argparse
import json
import os
import resource
import threading
import time
from importlib import import_module
from pathlib import Path

PAGE = 10_000
SLICES = 2


def raw(url, index, folder):
    """The server's ceiling: the same pages, received and thrown away."""
    import urllib3

    pool = urllib3.PoolManager(maxsize=SLICES)

    def ask(path, body=None, method="POST"):
        headers = {"content-type": "application/json"}
        sent = None if body is None else json.dumps(body)
        return pool.request(method, url + path, body=sent, headers=headers).data

    pit = json.loads(ask(f"/{index}/_search/point_in_time?keep_alive=120s"))["pit_id"]
    counts = [0] * SLICES

    def read(number):
        after = {}
        while True:
            body = {
                "size": PAGE,
                "track_total_hits": True,
                "query": {"match_all": {}},
                "sort": [{"_shard_doc": "asc"}],
                "pit": {"id": pit, "keep_alive": "120s"},
                "slice": {"id": number, "max": SLICES},
            }
            answer = ask("/_search", body | after)
            hits = answer.count(b'"_source":')
            counts[number] += hits
            if hits < PAGE:
                return
            place = answer[answer.rfind(b'"sort":') + 7 :].decode()
            after = {"search_after": json.JSONDecoder().raw_decode(place)[0]}

    threads = [threading.Thread(target=read, args=(number,)) for number in range(SLICES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ask("/_search/point_in_time", {"pit_id": [pit]}, "DELETE")
    return sum(counts)


def scan(url, index, folder):
    """What most people write: `helpers.scan`, data frames, Parquet."""
    import random

    import polars
    from make import document
    from opensearchpy import OpenSearch, helpers

    fields = list(document(random.Random(0), 1))
    server = OpenSearch(url, timeout=120)
    frames, rows = [], []
    for hit in helpers.scan(server, index=index, size=PAGE, _source=fields):
        rows.append(hit["_source"])
        if len(rows) == 10 * PAGE:
            frames.append(polars.DataFrame(rows, infer_schema_length=None))
            rows = []
    if rows:
        frames.append(polars.DataFrame(rows, infer_schema_length=None))
    whole = polars.concat(frames, how="vertical_relaxed")
    whole.write_parquet(folder / "scan.parquet")
    return len(whole)


def gridlens(url, index, folder):
    """Ours: the task of the daily DAG, from the first request to the published slice."""
    from gridlens.endpoint import Endpoint
    from gridlens.pipelines import extract
    from gridlens.settings import Settings
    from gridlens.window import Day

    (folder / "sources.toml").write_text(
        'begins = "2025-03-01"\n[[jobs]]\nmap = "panda_jobs_archived"\nendpoint = "bench"\n'
        f'index = "{index}"\n'
    )
    endpoint = Endpoint("bench", hosts=(url,), requests_per_second=1_000.0)
    settings = Settings(
        home=folder, personal_key="a key of the benchmark alone", endpoints={"bench": endpoint}
    )
    for file in (folder / "slices").rglob("*.*"):
        file.unlink()
    return extract(settings, "jobs", Day.parse("2025-04-01")).numbers["accepted"]


WAYS = {way.__name__: way for way in (raw, scan, gridlens)}
# What a way imports is there before the clock starts: a worker imports once and reads often.
IMPORTS = {
    "raw": ("urllib3",),
    "scan": ("polars", "opensearchpy"),
    "gridlens": ("gridlens.pipelines",),
}


def main():
    """Run one way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("url")
    parser.add_argument("index")
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    for name in IMPORTS[given.way]:
        import_module(name)
    began = time.monotonic()
    documents = WAYS[given.way](given.url, given.index, given.folder)
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "documents": documents,
        "seconds": time.monotonic() - began,
        "cpu": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
    }
    print(json.dumps(told))
    os._exit(0)


if __name__ == "__main__":
    main()
