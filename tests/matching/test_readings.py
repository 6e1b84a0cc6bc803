import pytest

from gridlens.errors import InputError
from gridlens.matching import V1, Reading, reading_help


def test_no_items_are_v1():
    assert Reading.parse([]) == V1


def test_items_change_what_they_name():
    assert Reading.parse(
        ["sum_over=transfers", "lookback_days=none", "require_task=no"]
    ) == Reading(sum_over="transfers", lookback_days=None, require_task=False)


def test_text_names_every_key():
    assert V1.text() == (
        "lookback_days=7 sum_over=files sum_after=all sum_scope=direction require_task=yes "
        "rm2_sites=any relaxed_join_drops_size=no strict_before=yes"
    )


def test_text_can_be_parsed_again():
    reading = Reading(lookback_days=None, sum_scope="whole", strict_before=False)
    assert Reading.parse(reading.text().split()) == reading


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("sum_over=everything", "sum_over is one of files, transfers, all_files"),
        ("sum=files", "key is one of lookback_days, sum_over"),
        ("sum_over", "write key=value"),
        ("", "write key=value"),
        ("lookback_days=-1", "lookback_days is one of a number of days, none"),
        ("lookback_days=1.5", "lookback_days=1.5 is unknown"),
        ("lookback_days=99999999", "lookback_days=99999999 is unknown"),
        ("lookback_days=1_0", "lookback_days=1_0 is unknown"),
        ("require_task=True", "require_task is one of yes, no"),
    ],
)
def test_unknown_item_is_refused_with_what_is_allowed(item, message):
    with pytest.raises(InputError, match=message):
        Reading.parse([item])


def test_key_given_twice_is_refused():
    with pytest.raises(InputError, match="given twice"):
        Reading.parse(["sum_over=files", "sum_over=transfers"])


@pytest.mark.parametrize(
    "wrong",
    [{"lookback_days": -1}, {"lookback_days": True}, {"sum_over": "x"}, {"require_task": 1}],
)
def test_wrong_value_makes_no_reading(wrong):
    with pytest.raises(InputError):
        Reading(**wrong)


def test_help_names_every_key_default_first():
    assert reading_help().splitlines()[:2] == [
        "lookback_days=7|a number of days|none",
        "sum_over=files|transfers|all_files",
    ]
