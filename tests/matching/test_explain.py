import pytest
from matching_rows import at, candidates, file, job, transfer, upload

from gridlens.matching import V1, Reading, explain_pair


def told(jobs=None, files=None, transfers=None, reading=V1):
    rows = candidates(
        jobs or [job()],
        [file()] if files is None else files,
        transfers or [transfer()],
        reading,
        every_pair=True,
    )
    assert len(rows) == 1
    return explain_pair(rows[0], reading)


def test_exact_pair_is_told_criterion_by_criterion():
    assert told() == (
        "job 1 and transfer t1: matched by exact, rm1, rm2\n"
        "  task: transfer has 10, job has 10: agrees\n"
        "  file name: transfer has a.root, file has a.root: agrees\n"
        "  scope: transfer has mc, file has mc: agrees\n"
        "  dataset: transfer has mc.data, file has mc.data, its block has mc.block: agrees\n"
        "  block: transfer has none, file has mc.block: not compared\n"
        "  size: transfer has 100, file has 100: agrees\n"
        "  kind: download and a file of type input: fits\n"
        "  lookback: started 2025-04-02 11:10:00, bound 2025-03-26 10:00:00, "
        "job created 2025-04-02 10:00:00: in time\n"
        "  end: started 2025-04-02 11:10:00, must be before the job's end 2025-04-02 12:00:00: "
        "in time\n"
        "  site: transfer (destination) has CERN-PROD, job has CERN-PROD: agrees\n"
        "  sum: files of the job's matching downloads sum up to 100, the job has 100: agrees"
    )


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"jeditaskid": 11}, "task: transfer has 11, job has 10: differs"),
        ({"jeditaskid": None}, "task: transfer has none, job has 10: unknown equals nothing"),
        ({"lfn": "x"}, "file name: transfer has x, no file of the job has it: differs"),
        ({"scope": "data"}, "scope: transfer has data, file has mc: differs"),
        ({"proddblock": "b"}, "block: transfer has b, file has mc.block: differs"),
        ({"bytes": 101}, "size: transfer has 101, file has 100: differs"),
        ({"activity": "Analysis Upload"}, "kind: upload and a file of type input: does not fit"),
        (
            {"started_at": at("02 12:00")},
            "must be before the job's end 2025-04-02 12:00:00: too late",
        ),
        ({"started_at": None}, "lookback: started None, job created 2025-04-02 10:00:00: unknown"),
        ({"dst_site": "X"}, "site: transfer (destination) has X, job has CERN-PROD: differs"),
        ({"dst_site": "UNKNOWN"}, "site: transfer (destination) has none, job has CERN-PROD: unkn"),
        ({"activity": "Staging"}, "site: the activity is neither a download nor an upload: fails"),
    ],
)
def test_criterion_that_fails_is_told_with_both_values(changes, line):
    assert line in told(transfers=[transfer(**changes)])


def test_sum_that_differs_is_told_with_both_numbers():
    text = told(jobs=[job(inputfilebytes=160)])
    assert "matched by rm1, rm2\n" in text
    assert (
        "sum: files of the job's matching downloads sum up to 100, the job has 160: differs" in text
    )


def test_job_without_files_is_told():
    assert "no file of the job has it" in told(files=[])


def test_job_without_a_task_is_told():
    assert "task: transfer has 10, job has none: unknown equals nothing" in told(
        jobs=[job(jeditaskid=None)]
    )


def test_reading_changes_the_words():
    reading = Reading(lookback_days=None, strict_before=False, sum_scope="whole")
    text = told(reading=reading)
    assert "lookback: no bound under this reading" in text
    assert "must be not after the job's end" in text
    assert "sum up to 100, the job's totals are 100 in and 50 out: agrees" in text


def test_upload_is_told_by_its_source():
    assert "site: transfer (source) has CERN-PROD" in told(transfers=[upload()])


def test_best_of_several_files_is_shown():
    files = [file(fsize=1), file(), file(dataset_name="x", fsize=None)]
    rows = candidates([job()], files, [transfer()], V1)
    assert [(row["file_bytes"], row["linked"]) for row in rows] == [(100, True)]


def test_pair_that_is_only_direct_is_a_candidate():
    rows = candidates([job()], [], [transfer(pandaid=1)], V1)
    assert [(row["direct"], row["lfn_ok"], row["task_ok"]) for row in rows] == [(True, False, True)]


def test_strangers_are_no_candidates():
    assert candidates([job()], [file()], [transfer(lfn="x"), upload()], V1) == []
