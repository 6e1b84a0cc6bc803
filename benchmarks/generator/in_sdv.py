"""Fit SDV's fastest synthesizer and draw; `beside_sdv.py` runs this in SDV's own environment.

    python in_sdv.py TRAIN.parquet ROWS DRAWN.parquet

Prints the costs as JSON: CPU seconds to fit and to draw, MB of memory beyond imports and the
training table, MB that SDV saves.
"""

import json
import re
import sys
import time
import warnings
from pathlib import Path

import pandas as pd
from sdv.metadata import Metadata
from sdv.single_table import GaussianCopulaSynthesizer


def main() -> None:
    """Fit, draw, write, print."""
    train, rows, drawn = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    warnings.simplefilter("ignore")
    table = pd.read_parquet(train).drop(columns="jeditaskid")
    table["creationtime"] = table["creationtime"].astype("datetime64[ns]")
    columns = {name: {"sdtype": sdtype(table[name])} for name in table}
    synthesizer = GaussianCopulaSynthesizer(
        Metadata.load_from_dict({"tables": {"jobs": {"columns": columns}}})
    )
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    before = peak_mb()
    begun = time.process_time()
    synthesizer.fit({"jobs": table})
    learned = time.process_time()
    sampled = synthesizer.sample(num_rows=rows)["jobs"]
    done = time.process_time()
    peak = peak_mb() - before
    sampled.to_parquet(drawn)
    saved = drawn.with_suffix(".sdv")
    synthesizer.save(str(saved))
    print(json.dumps([learned - begun, done - learned, peak, saved.stat().st_size / 1e6]))


def sdtype(column: pd.Series) -> str:
    """What SDV calls a column of this type."""
    if pd.api.types.is_datetime64_dtype(column):
        return "datetime"
    return "numerical" if pd.api.types.is_numeric_dtype(column) else "categorical"


def peak_mb() -> float:
    """Largest memory of this process since its peak was last forgotten."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


if __name__ == "__main__":
    main()
