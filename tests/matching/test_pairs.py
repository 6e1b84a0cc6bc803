"""What V1 says of single pairs: each test changes one thing of a pair that is exact."""

from datetime import timedelta

import pytest
from matching_rows import at, file, flags, job, output, transfer, upload

from gridlens.matching import V1, Reading

NONE = ()
RM2 = ("rm2",)
RM1 = ("rm1", "rm2")
EXACT = ("exact", "rm1", "rm2")


def methods(jobs, files, transfers, reading=V1):
    """Methods by transfer, of pairs with any."""
    names = ("exact", "rm1", "rm2", "direct")
    rows = flags(jobs, files, transfers, reading)
    return {
        row[1]: tuple(n for n, flag in zip(names, row[2:6], strict=True) if flag) for row in rows
    }


def found(reading=V1, *, jobs=None, files=None, transfers=None):
    """Methods of transfer t1."""
    rows = (jobs or [job()], [file()] if files is None else files, transfers or [transfer()])
    return methods(*rows, reading).get("t1", NONE)


def test_download_of_the_jobs_only_input_is_exact():
    assert flags([job()], [file()], [transfer()], V1) == [
        (1, "t1", True, True, True, False, False, 1)
    ]


def test_upload_of_the_jobs_only_output_is_exact():
    assert found(files=[output()], transfers=[upload()]) == EXACT


def test_nothing_at_all_gives_no_pair():
    assert flags([], [], [], V1) == []


@pytest.mark.parametrize("column", ["jeditaskid", "lfn", "dataset_name", "bytes"])
def test_two_missing_values_do_not_agree(column):
    row = {"fsize": None} if column == "bytes" else {column: None}
    assert (
        found(files=[file(**{"proddblock": None, **row})], transfers=[transfer(**{column: None})])
        == NONE
    )


@pytest.mark.parametrize("word", ["UNKNOWN", "unknown", " Null ", "None", "", "  "])
@pytest.mark.parametrize("column", ["lfn", "dataset_name"])
def test_two_words_for_missing_do_not_agree(word, column):
    files = [file(**{"proddblock": None, column: word})]
    assert found(files=files, transfers=[transfer(**{column: word})]) == NONE


@pytest.mark.bar(17)
@pytest.mark.parametrize("word", ["UNKNOWN", " unknown ", "null", "NONE", ""])
def test_two_unknown_sites_are_not_one_site(word):
    assert found(jobs=[job(site=word)], transfers=[transfer(dst_site=word)]) == RM2


@pytest.mark.parametrize("task", [0, -1])
def test_task_that_is_not_positive_is_missing(task):
    rows = [job(jeditaskid=task)], [file(jeditaskid=task)], [transfer(jeditaskid=task)]
    assert methods(*rows) == {}


def test_size_of_zero_is_missing():
    assert found(files=[file(fsize=0)], transfers=[transfer(bytes=0)]) == NONE


def test_total_of_zero_equals_nothing():
    assert found(jobs=[job(inputfilebytes=0)]) == RM1


@pytest.mark.parametrize(
    "name", ["mc.data", "mc:mc.data", "mc.data/", "mc:mc.data/", "mc.data_sub12", "x:mc.data_sub1/"]
)
def test_forms_of_one_dataset_agree(name):
    assert found(transfers=[transfer(dataset_name=name)]) == EXACT


@pytest.mark.parametrize(
    "name",
    ["mc.data//", "mc.data/_sub1/x", "mc.data_sub", "MC.DATA", " mc.data", "mc.data_sub1_sub2"],
)
def test_other_datasets_do_not_agree(name):
    assert found(transfers=[transfer(dataset_name=name)]) == NONE


def test_transfers_dataset_may_be_the_files_input_block():
    assert found(transfers=[transfer(dataset_name="mc:mc.block")]) == EXACT


def test_output_block_stands_in_where_there_is_no_input_block():
    files = [output(dataset_name="user.container/", destinationdblock="user.out_sub7")]
    assert found(files=files, transfers=[upload(dataset_name="user.out")]) == EXACT


def test_input_block_hides_the_output_block():
    files = [output(dataset_name="user.container/", proddblock="other")]
    assert found(files=files, transfers=[upload(dataset_name="user.out")]) == NONE


@pytest.mark.parametrize(
    ("block", "expected"), [(None, EXACT), ("UNKNOWN", EXACT), ("mc:mc.block/", EXACT), ("b", NONE)]
)
def test_block_is_compared_only_where_both_have_one(block, expected):
    assert found(transfers=[transfer(proddblock=block)]) == expected


@pytest.mark.parametrize(("scope", "expected"), [(None, EXACT), ("None", EXACT), ("data", NONE)])
def test_scope_is_compared_only_where_both_have_one(scope, expected):
    assert found(transfers=[transfer(scope=scope)]) == expected


@pytest.mark.parametrize(
    ("kind", "expected"), [("input", EXACT), ("pseudo_input", RM1), ("output", NONE), (None, NONE)]
)
def test_download_links_to_what_a_job_reads(kind, expected):
    assert found(files=[file(type=kind)]) == expected


@pytest.mark.parametrize(
    ("kind", "expected"), [("output", EXACT), ("log", RM1), ("input", NONE), ("Output", NONE)]
)
def test_upload_links_to_what_a_job_writes(kind, expected):
    assert found(files=[output(type=kind)], transfers=[upload()]) == expected


def test_other_activity_links_to_any_type_but_has_no_site_to_compare():
    assert found(transfers=[transfer(activity="User Subscriptions")]) == RM2


@pytest.mark.parametrize("activity", ["analysis download", "Analysis Download ", None])
def test_activity_is_compared_to_the_letter(activity):
    assert found(transfers=[transfer(activity=activity)]) == RM2


@pytest.mark.parametrize(
    "activity", ["Analysis Download", "Analysis Download Direct IO", "Production Download"]
)
def test_downloads_are_compared_at_their_destination(activity):
    assert found(transfers=[transfer(activity=activity, src_site="ELSEWHERE")]) == EXACT


@pytest.mark.parametrize(
    "activity",
    ["Analysis Upload", "Production Upload", "Analysis Logs Upload", "Production Logs Upload"],
)
def test_uploads_are_compared_at_their_source(activity):
    transfers = [upload(activity=activity, dst_site="ELSEWHERE")]
    assert found(files=[output()], transfers=transfers) == EXACT


def test_site_is_compared_to_the_letter():
    assert found(transfers=[transfer(dst_site="cern-prod")]) == RM2


@pytest.mark.bar(17)
def test_job_at_an_unknown_queue_has_no_site():
    assert found(jobs=[job(site=None, computingsite="CERN-PROD")]) == RM2


@pytest.mark.parametrize(
    ("started", "expected"),
    [
        (at("02 10:00") - timedelta(days=7, microseconds=1), NONE),
        (at("02 10:00") - timedelta(days=7), EXACT),
        (at("02 12:00") - timedelta(microseconds=1), EXACT),
        (at("02 12:00"), NONE),
        (None, NONE),
    ],
)
def test_transfer_starts_from_the_lookback_until_before_the_end(started, expected):
    assert found(transfers=[transfer(started_at=started)]) == expected


@pytest.mark.parametrize("column", ["endtime", "creationtime", "jeditaskid"])
def test_job_that_lacks_a_time_or_a_task_is_at_most_direct(column):
    transfers = [transfer(pandaid=1)]
    assert found(jobs=[job(**{column: None})], transfers=transfers) == ("direct",)


def test_direct_needs_nothing_but_both_rows():
    stranger = transfer(pandaid=1, jeditaskid=None, lfn="x", started_at=None, activity=None)
    assert found(files=[], transfers=[stranger]) == ("direct",)


def test_direct_to_a_job_that_is_not_there_is_nothing():
    assert found(files=[], transfers=[transfer(pandaid=2)]) == NONE


@pytest.mark.parametrize(
    ("started", "expected"),
    [(at("02 09:59"), True), (at("02 10:00"), False), (None, False)],
)
def test_pair_tells_whether_the_transfer_came_before_the_job(started, expected):
    rows = flags([job()], [], [transfer(pandaid=1, started_at=started)], V1)
    assert rows == [(1, "t1", False, False, False, True, expected, 0)]


def test_owners_counts_the_jobs_that_claim_a_transfer_by_rm2():
    jobs = [job(), job(pandaid=2, site="ELSEWHERE"), job(pandaid=3, jeditaskid=11)]
    rows = flags(jobs, [file(), file(pandaid=2)], [transfer(pandaid=3)], V1)
    assert [(row[0], row[7]) for row in rows] == [(1, 2), (2, 2), (3, 2)]


def test_files_of_another_task_are_not_the_jobs():
    assert found(files=[file(jeditaskid=11)], transfers=[transfer(jeditaskid=11)]) == NONE


def two_inputs():
    return [file(fsize=60), file(lfn="b.root", fsize=40)]


def two_downloads(**changes):
    return [transfer(bytes=60), transfer(transfer_id="t2", lfn="b.root", bytes=40, **changes)]


def test_sum_is_over_all_linked_files():
    assert methods([job()], two_inputs(), two_downloads()) == {"t1": EXACT, "t2": EXACT}


def test_part_of_the_input_is_not_exact():
    assert methods([job()], two_inputs(), two_downloads()[:1]) == {"t1": RM1}


def test_transfer_that_fails_the_site_is_not_in_the_sum():
    found_methods = methods([job()], two_inputs(), two_downloads(dst_site="ELSEWHERE"))
    assert found_methods == {"t1": RM1, "t2": RM2}


def test_file_that_was_transferred_twice_counts_once():
    transfers = [transfer(), transfer(transfer_id="t2", started_at=at("02 11:20"))]
    assert methods([job()], [file()], transfers) == {"t1": EXACT, "t2": EXACT}


def test_copies_of_a_file_row_are_one_file():
    copy = file(scope="mc", dataset_name="mc.data_sub3", proddblock=None)
    assert found(files=[file(), copy]) == EXACT


def test_same_name_in_another_dataset_is_another_file():
    files = [file(), file(dataset_name="mc.other", proddblock="mc.data")]
    assert found(files=files) == RM1
    assert found(files=files, jobs=[job(inputfilebytes=200)]) == EXACT


def test_one_file_with_two_linked_sizes_makes_the_sum_unknown():
    files, transfers = [file(), file(fsize=60)], [transfer(), transfer(transfer_id="t2", bytes=60)]
    assert methods([job()], files, transfers) == {"t1": RM1, "t2": RM1}


def test_size_that_no_transfer_links_to_does_not_disturb_the_sum():
    assert found(files=[file(), file(fsize=60)]) == EXACT


@pytest.mark.parametrize(
    "changes",
    [
        {"lfn": "user.lib.tgz"},
        {"dataset_name": "mc:ddo.000001.release", "proddblock": "ddo.000001.release"},
        {"type": "pseudo_input", "lfn": "pseudo"},
    ],
)
def test_files_outside_pandas_total_pass_with_the_others(changes):
    files = [file(), file(fsize=7, **changes)]
    like = {key: changes[key] for key in ("lfn", "dataset_name") if key in changes}
    transfers = [transfer(), transfer(transfer_id="t2", bytes=7, **like)]
    assert methods([job()], files, transfers) == {"t1": EXACT, "t2": EXACT}


def test_library_alone_is_not_exact():
    changes = {"lfn": "user.lib.tgz"}
    assert found(files=[file(**changes)], transfers=[transfer(**changes)]) == RM1


def test_library_with_more_behind_its_name_counts():
    changes = {"lfn": "user.lib.tgz.1"}
    assert found(files=[file(**changes)], transfers=[transfer(**changes)]) == EXACT


def test_logs_are_outside_the_output_total_and_pass_with_it():
    files = [output(), output(type="log", lfn="log.tgz", fsize=9)]
    log = upload(transfer_id="t2", activity="Analysis Logs Upload", lfn="log.tgz", bytes=9)
    assert methods([job()], files, [upload(), log]) == {"t1": EXACT, "t2": EXACT}


def test_each_direction_is_held_against_its_own_total():
    files, transfers = [file(), output()], [transfer(), upload(transfer_id="t2")]
    assert methods([job(outputfilebytes=51)], files, transfers) == {"t1": EXACT, "t2": RM1}


@pytest.mark.parametrize(
    ("size", "expected"), [(99_999_999_998, EXACT), (99_999_999_999, RM1), (10**12, RM1)]
)
def test_output_total_at_pandas_cap_equals_nothing(size, expected):
    rows = [job(outputfilebytes=size)], [output(fsize=size)], [upload(bytes=size)]
    assert methods(*rows)["t1"] == expected


def test_input_total_has_no_cap():
    size = 99_999_999_999
    rows = [job(inputfilebytes=size)], [file(fsize=size)], [transfer(bytes=size)]
    assert methods(*rows)["t1"] == EXACT


class TestReadings:
    """The open points A1 to A9 of the paper's text: the other answer changes this and no more."""

    def test_a1_task_need_not_be_required(self):
        transfers = [transfer(jeditaskid=None)]
        assert found(transfers=transfers) == NONE
        assert found(Reading(require_task=False), transfers=transfers) == EXACT

    def test_a2_sum_over_transfers_counts_a_file_each_time(self):
        transfers = [transfer(), transfer(transfer_id="t2")]
        assert found(transfers=transfers) == EXACT
        assert found(Reading(sum_over="transfers"), transfers=transfers) == RM1

    def test_a2_sum_over_all_files_lets_part_of_them_pass(self):
        rows = {"files": two_inputs(), "transfers": two_downloads()[:1]}
        assert found(**rows) == RM1
        assert found(Reading(sum_over="all_files"), **rows) == EXACT

    def test_a3_whole_scope_fails_a_job_with_both_directions(self):
        rows = {"files": [file(), output()], "transfers": [transfer(), upload(transfer_id="t2")]}
        assert found(**rows) == EXACT
        assert found(Reading(sum_scope="whole"), **rows) == RM1

    def test_a3_whole_scope_takes_either_total(self):
        jobs = [job(inputfilebytes=7, outputfilebytes=100)]
        assert found(jobs=jobs) == RM1
        assert found(Reading(sum_scope="whole"), jobs=jobs) == EXACT

    def test_a4_sum_over_candidates_takes_those_at_other_sites(self):
        rows = {"files": two_inputs(), "transfers": two_downloads(dst_site="ELSEWHERE")}
        assert found(**rows) == RM1
        assert found(Reading(sum_after="candidates"), **rows) == EXACT

    def test_a5_relaxed_joins_may_drop_the_size(self):
        transfers = [transfer(bytes=99)]
        assert found(transfers=transfers) == NONE
        assert found(Reading(relaxed_join_drops_size=True), transfers=transfers) == RM1

    def test_a6_rm2_may_keep_unknown_sites_only(self):
        reading = Reading(rm2_sites="unknown")
        assert found(reading, transfers=[transfer(dst_site="UNKNOWN")]) == RM2
        assert found(reading, transfers=[transfer(dst_site="ELSEWHERE")]) == NONE
        assert found(reading, transfers=[transfer(activity="Staging")]) == NONE
        assert found(reading) == EXACT

    def test_a7_start_at_the_end_may_be_in_time(self):
        transfers = [transfer(started_at=at("02 12:00"))]
        assert found(transfers=transfers) == NONE
        assert found(Reading(strict_before=False), transfers=transfers) == EXACT

    def test_a8_there_may_be_no_lower_bound(self):
        rows = {"transfers": [transfer(started_at=at("02 10:00") - timedelta(days=300))]}
        assert found(**rows) == NONE
        assert found(Reading(lookback_days=None), **rows) == EXACT
        assert found(Reading(lookback_days=None), jobs=[job(creationtime=None)], **rows) == EXACT

    def test_a8_the_bound_may_be_the_creation_itself(self):
        reading = Reading(lookback_days=0)
        early = [transfer(started_at=at("02 10:00") - timedelta(microseconds=1))]
        assert found(reading, transfers=early) == NONE
        assert found(reading, transfers=[transfer(started_at=at("02 10:00"))]) == EXACT


class TestTable3:
    """The six transfers of the paper's Table 3: three files, fetched twice."""

    sizes = (5_243_410_528, 5_243_415_988, 5_242_750_540)

    def rows(self, first_destination):
        files = [file(lfn=f"f{n}", fsize=size) for n, size in enumerate(self.sizes)]
        transfers = [
            transfer(
                transfer_id=str(n),
                lfn=f"f{n % 3}",
                bytes=self.sizes[n % 3],
                dst_site=first_destination if n < 3 else "CERN-PROD",
                started_at=at("02 10:50") if n < 3 else at("01 22:00"),
            )
            for n in range(6)
        ]
        return [job(inputfilebytes=sum(self.sizes))], files, transfers

    def test_set_with_known_site_is_exact_and_the_other_only_rm2(self):
        assert methods(*self.rows("UNKNOWN")) == {
            **dict.fromkeys("012", RM2),
            **dict.fromkeys("345", EXACT),
        }

    def test_all_six_are_exact_once_the_site_is_inferred(self):
        assert methods(*self.rows("CERN-PROD")) == dict.fromkeys("012345", EXACT)

    def test_none_is_exact_where_every_candidate_transfer_is_summed(self):
        reading = Reading(sum_over="transfers", sum_after="candidates")
        assert methods(*self.rows("UNKNOWN"), reading) == {
            **dict.fromkeys("012", RM2),
            **dict.fromkeys("345", RM1),
        }
