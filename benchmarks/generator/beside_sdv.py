"""gridlens' engines beside the fastest synthesizer of the Synthetic Data Vault, on the same rows.

    python benchmarks/generator/beside_sdv.py FOLDER [--home HOME | --made 100000]
        [--engine NAME ...] [--seed N]

SDV 2.0 is installed into FOLDER/sdv, by uv, and is no dependency of this project; torch, which it
needs for its networks only, is left out. Both sides get the same training rows, draw as many jobs
as there are validation rows, and are judged by the same judges. SDV reads no seed of ours.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from engines import PARTS, Result, alone, real, table
from made import made

from gridlens.generator.judgement.gate import decide
from gridlens.generator.judgement.judge import judge_engine
from gridlens.generator.splits import Split, split
from gridlens.generator.workload import VARIABLES

WANTED = ("sdv==2.0.0", "pyarrow>=20")
NEURAL = ("torch", "ctgan", "deepecho")


def main() -> None:
    """Print one table."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("folder", type=Path)
    asked.add_argument("--home", type=Path)
    asked.add_argument("--made", type=int, default=100_000)
    asked.add_argument("--engine", nargs="+", default=["smote", "tree", "copula"])
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    python = installed(given.folder)
    parts = split(real(given.home) if given.home else made(given.made), "time", given.seed)
    print(", ".join(f"{len(part):,} {name}" for name, part in vars(parts).items()), flush=True)
    with tempfile.TemporaryDirectory() as name:
        for part in PARTS:
            pq.write_table(getattr(parts, part), Path(name, f"{part}.parquet"))
        results = {engine: alone(engine, Path(name), given.seed) for engine in given.engine}
        results["SDV"] = of_sdv(python, Path(name), parts, given.seed)
    print(table(results))


def installed(folder: Path) -> Path:
    """The Python of an environment with SDV in it, made if it is not there."""
    python = folder / "sdv/bin/python"
    if not python.exists():
        folder.mkdir(parents=True, exist_ok=True)
        without = folder / "without.txt"
        without.write_text("".join(f"{name}; sys_platform == 'never'\n" for name in NEURAL))
        uv = str(Path(sys.executable).with_name("uv"))
        subprocess.run([uv, "venv", "-q", "--python", "3.11", folder / "sdv"], check=True)
        install = [uv, "pip", "install", "-q", "--python", python, "--override", without]
        subprocess.run([*install, *WANTED], check=True)
    return python


def of_sdv(python: Path, folder: Path, parts: Split, seed: int) -> Result:
    """What SDV draws, judged, and what it cost."""
    drawn = folder / "drawn.parquet"
    rows = str(len(parts.validation))
    script = Path(__file__).with_name("in_sdv.py")
    asked = [python, script, folder / "train.parquet", rows, drawn]
    said = subprocess.run(asked, check=True, stdout=subprocess.PIPE, text=True).stdout
    table = pq.read_table(drawn)
    fields = [v.field for v in VARIABLES if v.name in table.column_names]
    table = table.select([f.name for f in fields]).cast(pa.schema(fields), safe=False)
    judgement = judge_engine(table, parts, seed)
    return Result(judgement, decide("sdv", judgement), tuple(json.loads(said.splitlines()[-1])))


if __name__ == "__main__":
    main()
