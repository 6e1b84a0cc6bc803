"""The public sample of 100 real jobs: one is odd, none is lost, whatever columns it lacks."""

from collections import Counter
from importlib.resources import files

from gridlens.quality import contract, judging
from gridlens.sources import read_files


def test_one_of_a_hundred_real_jobs_is_flagged_and_none_is_quarantined():
    sample = files("gridlens.twin") / "data" / "cgsim" / "jan_100_BNL.csv"
    batches = read_files("cgsim_jobs_csv", [sample], personal_key="a key of the tests alone")
    with judging() as judge:
        judged = [judge(batch, contract("jobs")) for _, batch in batches]
    flags = Counter(tuple(f) for b in judged for f in b.rows["quality_flags"].to_pylist())
    assert flags == {(): 99, ("unknown_input_count",): 1}
    assert [problem for b in judged for problem in b.problems] == []
