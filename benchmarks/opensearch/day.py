"""One large day from OpenSearch, end to end: seconds of each stage, and the peak of memory.

    python benchmarks/opensearch/day.py FOLDER

The rows of benchmarks/run_day.py (about 120,000 jobs, 725,000 files, 850,000 transfers) as
documents, published by `gridlens twin publish` to a server that this starts, and run by `gridlens
run-day`; the server works on the same cores.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb

from gridlens.twin.node import Node

RUN_DAY = Path(__file__).parents[1] / "run_day.py"
DAY = "2025-04-02"
FILES_A_TABLE = 4

# Exported rows as documents of their indices.
DOCUMENTS = {
    "jobs": "select to_json(g) from given as g",
    "files": f"""
        select to_json(g) from (
            select *, '{DAY} 12:00:00' as modificationtime from given) g""",
    "transfers": """
        select json_object(
            'metadata', json_object('timestamp', epoch_ms(ended_at)),
            'data', json_object(
                'event_type', record_kind, 'request_id', transfer_id, 'activity', activity,
                'scope', scope, 'name', lfn, 'dataset', dataset_name, 'file_size', bytes,
                'src_experiment_site', src_site, 'dst_experiment_site', dst_site,
                'jeditaskid', jeditaskid, 'started_at', epoch_ms(started_at),
                'transferred_at', epoch_ms(ended_at)))
        from given""",
}
SOURCES = 'begins = "2025-03-01"\n' + "".join(
    f'[[{table}]]\nmap = "{field_map}"\npath = "exports/{{day}}/{kind}-*.ndjson.gz"\n'
    for table, kind, field_map in (
        ("jobs", "jobs", "panda_jobs_archived"),
        ("files", "files", "panda_job_files"),
        ("transfers", "transfers", "rucio_enriched_transfers"),
        ("transfer_failures", "transfers", "rucio_enriched_transfers"),
    )
)


def make(folder):
    """Write the day's documents as exports, unless they are there."""
    home = folder / "exported"
    if (home / "sources.toml").exists():
        return home
    sys.path.insert(0, str(RUN_DAY.parent))
    import run_day

    run_day.make(folder / "rows")
    day = home / "exports" / DAY
    day.mkdir(parents=True, exist_ok=True)
    for table, select in DOCUMENTS.items():
        with duckdb.connect() as con:
            rows = folder / "rows" / "exports" / f"{table}.parquet"
            con.execute(f"create view given as from read_parquet('{rows}')")
            texts = [text for (text,) in con.execute(select).fetchall()]
        for number in range(FILES_A_TABLE):
            with gzip.open(day / f"{table}-{number:03}.ndjson.gz", "wt", compresslevel=1) as file:
                file.writelines(f"{text}\n" for text in texts[number::FILES_A_TABLE])
    (home / "sources.toml").write_text(SOURCES)
    return home


def main():
    """Make the day, publish it, run it, and print what each stage and the whole took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    exports, home = make(folder), folder / "home"
    subprocess.run(["rm", "-rf", home], check=True)
    gridlens = Path(sys.executable).with_name("gridlens")
    with Node(folder / "node", heap="1g") as node:
        hosts = json.dumps({"hosts": [node.url], "requests_per_second": 1000})
        env = os.environ | {
            "GRIDLENS_HOME": str(home),
            "GRIDLENS_PERSONAL_KEY": "a key of the benchmark alone",
            "GRIDLENS_ENDPOINT_OPENSEARCH_PANDA": hosts,
            "GRIDLENS_ENDPOINT_OPENSEARCH_RUCIO": hosts,
        }
        subprocess.run([gridlens, "twin", "publish", exports], env=env, check=True)
        started = time.monotonic()
        running = subprocess.Popen([gridlens, "run-day", DAY], env=env)
        _, status, used = os.wait4(running.pid, 0)
        seconds = time.monotonic() - started
    if status:
        raise SystemExit("the day failed")
    print(f"run-day {DAY}: {seconds:.1f} s, peak {used.ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
