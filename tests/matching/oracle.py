"""Algorithm 1 and its relaxations, from their words: one job, file, transfer at a time.

Slow on purpose and with nothing but the standard library, so that it can be read beside the
method's description. It shares no code with the package but the reading's field names.
"""

import re
from datetime import timedelta

WAYS = {
    "Analysis Download": "download",
    "Analysis Download Direct IO": "download",
    "Production Download": "download",
    "Analysis Upload": "upload",
    "Production Upload": "upload",
    "Analysis Logs Upload": "upload",
    "Production Logs Upload": "upload",
}
KINDS = {"download": {"input", "pseudo_input"}, "upload": {"output", "log"}}
CAP = 99_999_999_999


def word(value):
    """A text as compared; None where it says that there is nothing."""
    if value is None or value.strip().lower() in {"", "unknown", "null", "none"}:
        return None
    return value


def number(value):
    """A size or a task as compared."""
    return value or None


def task(value):
    return value if value is not None and value > 0 else None


def name(value):
    """A dataset's name."""
    value = word(value)
    if value is None:
        return None
    if ":" in value:
        value = value[value.index(":") + 1 :]
    if value.endswith("/"):
        value = value[:-1]
    return word(re.sub(r"_sub[0-9]+\Z", "", value))


def same(left, right):
    """NULL equals nothing, also not NULL."""
    return left is not None and right is not None and left == right


def site_of(job):
    return word(job["site"] if "site" in job else job["computingsite"])


def block_of(file):
    block = word(file["proddblock"])
    if block is None:
        block = word(file.get("destinationdblock"))
    return name(block)


def file_key(file):
    return (
        word(file["type"]),
        word(file["scope"]),
        word(file["lfn"]),
        name(file["dataset_name"]),
    )


def files_of(job, files):
    """F'_j."""
    mine = task(job["jeditaskid"])
    return [
        f for f in files if same(f["pandaid"], job["pandaid"]) and same(task(f["jeditaskid"]), mine)
    ]


def links(job, file, transfer, reading, with_size=True):
    """Whether the transfer links to the job through that row of F'_j."""
    if reading.require_task and not same(task(transfer["jeditaskid"]), task(job["jeditaskid"])):
        return False
    if not same(word(transfer["lfn"]), word(file["lfn"])):
        return False
    scopes = {word(transfer["scope"]), word(file["scope"])}
    if None not in scopes and len(scopes) == 2:
        return False
    dataset = name(transfer["dataset_name"])
    if not same(dataset, name(file["dataset_name"])) and not same(dataset, block_of(file)):
        return False
    blocks = {name(transfer.get("proddblock")), block_of(file)}
    if None not in blocks and len(blocks) == 2:
        return False
    if with_size and not same(number(transfer["bytes"]), number(file["fsize"])):
        return False
    way = WAYS.get(transfer["activity"])
    return way is None or file["type"] in KINDS[way]


def in_time(job, transfer, reading):
    started, end, created = transfer["started_at"], job["endtime"], job["creationtime"]
    if started is None or end is None:
        return False
    if reading.lookback_days is not None:
        if created is None:
            return False
        if started < created - timedelta(days=reading.lookback_days):
            return False
    return started < end if reading.strict_before else started <= end


def tested_site(transfer):
    way = WAYS.get(transfer["activity"])
    if way is None:
        return None
    return word(transfer["dst_site"] if way == "download" else transfer["src_site"])


def at_site(job, transfer):
    return same(tested_site(transfer), site_of(job))


def counts(file, way):
    """Whether PanDA's total of that direction has the file in it."""
    if way == "upload":
        return file["type"] == "output"
    if way == "download":
        dataset = name(file["dataset_name"]) or ""
        is_library = (word(file["lfn"]) or "").endswith(".lib.tgz")
        return file["type"] == "input" and not is_library and not dataset.startswith("ddo")
    return False


def sum_fits(job, way, mine, transfers, reading):
    """Whether the sum of that direction (or of the whole) equals a total of the job."""
    ways = {"download", "upload"} if reading.sum_scope == "whole" else {way}
    sizes = {}
    if reading.sum_over == "all_files":
        weighed = [(f, w, None) for f in mine for w in ways]
    else:
        weighed = [
            (f, WAYS.get(t["activity"]), t)
            for t in transfers
            if WAYS.get(t["activity"]) in ways and weighs(job, t, reading)
            for f in mine
            if links(job, f, t, reading)
        ]
    for file, its_way, transfer in weighed:
        if counts(file, its_way) and number(file["fsize"]) is not None:
            once = transfer["transfer_id"] if reading.sum_over == "transfers" else file_key(file)
            sizes.setdefault((its_way, once), set()).add(file["fsize"])
    if way is None or not sizes or any(len(found) > 1 for found in sizes.values()):
        return False
    total = sum(found.pop() for found in sizes.values())
    wanted = {"download": number(job["inputfilebytes"]), "upload": number(job["outputfilebytes"])}
    if wanted["upload"] is not None and wanted["upload"] >= CAP:
        wanted["upload"] = None
    return any(same(total, wanted[w]) for w in ways)


def weighs(job, transfer, reading):
    """Whether the sum is over that transfer, once it links."""
    if reading.sum_after == "candidates":
        return True
    return in_time(job, transfer, reading) and at_site(job, transfer)


def match(jobs, files, transfers, reading):
    """All pairs with a flag: (pandaid, transfer_id, exact, rm1, rm2, direct, early, owners)."""
    rows = []
    for job in jobs:
        mine = files_of(job, files)
        for transfer in transfers:
            way = WAYS.get(transfer["activity"])
            linked = any(links(job, f, transfer, reading) for f in mine)
            relaxed = linked
            if reading.relaxed_join_drops_size:
                relaxed = any(links(job, f, transfer, reading, with_size=False) for f in mine)
            timely = in_time(job, transfer, reading)
            here = at_site(job, transfer)
            rm1 = relaxed and timely and here
            rm2 = relaxed and timely
            if reading.rm2_sites == "unknown" and not here:
                rm2 = rm2 and way is not None and tested_site(transfer) is None
            exact = linked and timely and here and sum_fits(job, way, mine, transfers, reading)
            direct = same(transfer.get("pandaid"), job["pandaid"])
            early = (
                transfer["started_at"] is not None
                and job["creationtime"] is not None
                and transfer["started_at"] < job["creationtime"]
            )
            if exact or rm1 or rm2 or direct:
                ids = (job["pandaid"], transfer["transfer_id"])
                rows.append((*ids, exact, rm1, rm2, direct, early))
    claims = [row[1] for row in rows if row[4]]
    return sorted((*row, claims.count(row[1])) for row in rows)
