"""Value rules as SQL: what counts as missing, what a dataset is called, which way a transfer goes.

NULL equals nothing, so a missing value is made NULL before anything is compared.
"""

from __future__ import annotations

from collections.abc import Iterable

# Any case, outer blanks left aside.
MISSING = r"(?i)^\s*(unknown|null|none)?\s*$"
DOWNLOADS = ("Analysis Download", "Analysis Download Direct IO", "Production Download")
UPLOADS = (
    "Analysis Upload",
    "Production Upload",
    "Analysis Logs Upload",
    "Production Logs Upload",
)
DOWNLOAD_KINDS = ("input", "pseudo_input")
UPLOAD_KINDS = ("output", "log")
# PanDA writes this number when the true sum is larger (adder_gen.py).
OUTPUT_TOTAL_CAP = 99_999_999_999


def one_of(words: Iterable[str]) -> str:
    """A list of SQL strings in brackets."""
    return "(" + ", ".join(quoted(word) for word in words) + ")"


def quoted(word: str) -> str:
    """A SQL string."""
    return "'" + word.replace("'", "''") + "'"


def given(text: str) -> str:
    """The text itself, or NULL where it says that there is none."""
    # One pattern costs a tenth of trim() and lower() over long names.
    return f"case when not regexp_matches({text}, {quoted(MISSING)}) then {text} end"


def normalise(dataset: str) -> str:
    """A dataset's name without `scope:`, one trailing `/` and then a trailing `_sub<digits>`."""
    bare = f"substr({dataset}, strpos({dataset}, ':') + 1)"
    return f"regexp_replace({bare}, '(_sub[0-9]+)?/?$', '')"


def direction(activity: str) -> str:
    """`download`, `upload` or NULL."""
    return (
        f"case when {activity} in {one_of(DOWNLOADS)} then 'download' "
        f"when {activity} in {one_of(UPLOADS)} then 'upload' end"
    )


def fitting_kind(way: str, kind: str) -> str:
    """Whether a transfer that goes that way can be of a file of that type."""
    return (
        f"case {way} when 'download' then {kind} in {one_of(DOWNLOAD_KINDS)} "
        f"when 'upload' then {kind} in {one_of(UPLOAD_KINDS)} else true end"
    )


def counted(way: str, kind: str, lfn: str, name: str) -> str:
    """Whether a file counts towards the job's total of that direction.

    PanDA leaves libraries and ``ddo`` datasets out of the input and logs out of the output.
    """
    return (
        f"case {way} when 'download' then {kind} = 'input' "
        f"and not coalesce({lfn} like '%.lib.tgz' or {name} like 'ddo%', false) "
        f"when 'upload' then {kind} = 'output' else false end"
    )
