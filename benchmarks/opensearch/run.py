"""All documents of one index, read in several ways in turn: documents/s, CPU and memory.

    python benchmarks/opensearch/run.py FOLDER --documents 1000000 --rounds 3

Starts an OpenSearch of its own in FOLDER, fills an index with job-like documents unless it is
there, and lets each way read them in a process of its own, client and server on the same cores:

* raw: the server's ceiling, pages received and thrown away;
* scan: `helpers.scan` of opensearch-py, polars, Parquet;
* elasticdump: npm's, to lines of JSON, where npm is there;
* gridlens: the daily DAG's task, from the first request to the published slice.

The peers are installed into FOLDER, not into the environment of gridlens.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from make import make

from gridlens.twin.node import Node

WAY = Path(__file__).with_name("way.py")
PEERS = ("polars==2.1.0", "opensearch-py==3.2.0")
DUMP = "elasticdump@6.125.1"
PEER_WAYS = ("scan", "elasticdump")
WAYS = ("raw", *PEER_WAYS, "gridlens")


def peers(folder):
    """A Python with the peers in it."""
    python = folder / "peers" / "bin" / "python"
    if not python.exists():
        uv = Path(sys.executable).with_name("uv")
        venv = [uv, "venv", "--quiet", "--python", sys.executable, folder / "peers"]
        subprocess.run(venv, check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *PEERS], check=True)
    return python


def dump(folder):
    """The elasticdump command, or None without npm."""
    command = folder / "dump" / "node_modules" / ".bin" / "elasticdump"
    if not command.exists() and shutil.which("npm"):
        install = ["npm", "install", "--silent", "--prefix", folder / "dump", DUMP]
        subprocess.run(install, check=True)
    return command if command.exists() else None


def told(way, url, index, folder, work):
    """One reading: documents, seconds, CPU and peak memory."""
    if way == "elasticdump":
        return _dumped(dump(folder), url, index, work / "dump.ndjson")
    python = peers(folder) if way == "scan" else sys.executable
    out = subprocess.run(
        [python, WAY, way, url, index, work], check=True, capture_output=True, text=True
    )
    return json.loads(out.stdout.splitlines()[-1])


def _dumped(command, url, index, target):
    """The same of a command that does not tell it."""
    target.unlink(missing_ok=True)
    asked = [f"--input={url}/{index}", f"--output={target}", "--limit=10000", "--type=data"]
    began = time.monotonic()
    with subprocess.Popen([command, *asked, "--quiet"], stdout=subprocess.DEVNULL) as running:
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - began
    if running.returncode:
        raise SystemExit(f"elasticdump ended with {running.returncode}")
    with target.open("rb") as lines:
        documents = sum(1 for _ in lines)
    cpu = used.ru_utime + used.ru_stime
    peak_mb = used.ru_maxrss / 1024
    return {"documents": documents, "seconds": seconds, "cpu": cpu, "peak_mb": peak_mb}


def table(found):
    """The medians of each way, and its documents/s as a multiple of the best peer's."""
    rates = {
        way: median(each["documents"] / each["seconds"] for each in rounds)
        for way, rounds in found.items()
    }
    best = max((rates[way] for way in PEER_WAYS if way in rates), default=None)
    lines = ["| way | documents/s | x best peer | CPU µs/document | peak MB |", "|--|--|--|--|--|"]
    for way, rounds in found.items():
        times = f"{rates[way] / best:.2f}" if best else "-"
        cpu = median(each["cpu"] / each["documents"] for each in rounds) * 1e6
        peak = max(each["peak_mb"] for each in rounds)
        lines.append(f"| {way} | {rates[way]:,.0f} | {times} | {cpu:.1f} | {peak:,.0f} |")
    return "\n".join(lines)


def main():
    """Read the index in every way, some rounds long."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    given = parser.parse_args()
    folder = given.folder.absolute()
    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    ways = [way for way in given.ways if way != "elasticdump" or dump(folder)]
    found = {way: [] for way in ways}
    with Node(folder / "node", heap="1g") as node:
        index = f"jobs-{given.documents}"
        make(node.url, index, given.documents)
        for number in range(given.rounds):
            for way in ways:
                each = told(way, node.url, index, folder, work)
                if each["documents"] != given.documents:
                    raise SystemExit(f"{way} gave {each['documents']:,} documents")
                found[way].append(each)
                print(f"round {number + 1}: {way} {each['seconds']:.1f} s", flush=True)
    print(table(found))


if __name__ == "__main__":
    main()
