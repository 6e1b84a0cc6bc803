"""Random small cases, dense in collisions, and many of them laid side by side in one database."""

from datetime import timedelta

from matching_rows import at, file, job, transfer

MISSING = (None, "", " ", "UNKNOWN", " unknown ", "Null", "None")
LFNS = ("a", "b", "c", "A", "p.lib.tgz", "p.lib.tgz.1")
DATASETS = ("d", "mc:d", "mc:d/", "d_sub3", "x:d_sub12/", "d//", "ddo.x", "mc:ddo.x/", "e", "D")
BLOCKS = ("d", "k", "mc:k", "k_sub1", "e", "ddo.x")
SITES = ("S", "S", "S", "T", "s")
TYPES = ("input", "input", "output", "log", "pseudo_input", "Input")
DOWNLOADS = ("Analysis Download", "Analysis Download Direct IO", "Production Download")
UPLOADS = ("Analysis Upload", "Production Upload", "Production Logs Upload", "Analysis Logs Upload")
ACTIVITIES = (*DOWNLOADS, *UPLOADS, "User Subscriptions", "analysis download", "UNKNOWN")
SIZES = (1, 1, 2, 3, 0, None)
CREATED, ENDED = at("20 10:00"), at("20 12:00")
MICROSECOND = timedelta(microseconds=1)
EDGES = (CREATED - timedelta(days=7), CREATED, ENDED)
MOMENTS = (
    *(edge + n * MICROSECOND for edge in EDGES for n in (-1, 0, 1)),
    CREATED - timedelta(days=30),
    CREATED - timedelta(days=2),
    None,
)


def random_case(rng):
    """Up to 3 jobs, 9 files and 9 transfers: true copies of files, then spoiled in places."""
    spoilt = rng.choice((0.0, 0.03, 0.1, 0.3))
    tasks = rng.choice(((10,), (10, 10, 11), (10, 10, 10, 11, 0, -1, None)))
    sites = rng.choice((("S",), SITES))
    lfns, datasets = rng.sample(LFNS, rng.randint(1, 4)), rng.sample(DATASETS, rng.randint(1, 4))
    jobs = [_job(rng, n, tasks, sites, spoilt) for n in range(1, rng.randint(1, 3) + 1)]
    files = [_file(rng, jobs, tasks, lfns, datasets, spoilt) for _ in range(rng.randint(1, 8))]
    if rng.random() < 0.2:
        again = rng.choice(files)
        files.append({**again, "fsize": rng.choice((again["fsize"], 2)), "scope": "mc"})
    transfers = [_transfer(rng, n, jobs, files, sites, spoilt) for n in range(rng.randint(0, 9))]
    for one in jobs:
        _total(rng, one, files)
    return jobs, files, transfers


def _spoil(rng, row, chance, **choices):
    for key, values in choices.items():
        if rng.random() < chance:
            row[key] = rng.choice(values)
    return row


def _job(rng, n, tasks, sites, spoilt):
    row = job(pandaid=n, jeditaskid=tasks[0], creationtime=CREATED, endtime=ENDED)
    row |= {"site": rng.choice(sites), "computingsite": "S"}
    nothing = {"creationtime": (None,), "endtime": (None,)}
    return _spoil(rng, row, spoilt, jeditaskid=tasks, site=SITES + MISSING, **nothing)


def _file(rng, jobs, tasks, lfns, datasets, spoilt):
    mine = rng.choice(jobs)
    row = file(pandaid=mine["pandaid"], jeditaskid=mine["jeditaskid"], type=rng.choice(TYPES))
    row |= {"lfn": rng.choice(lfns), "dataset_name": rng.choice(datasets), "fsize": 1}
    row |= {"proddblock": rng.choice(BLOCKS), "destinationdblock": rng.choice(BLOCKS)}
    row["fsize"] = rng.choice((1, 1, 2, 3))
    if row["type"] == "output" and rng.random() < 0.1:
        row["fsize"] = rng.choice((99_999_999_998, 99_999_999_999))
    texts = {"lfn": LFNS + MISSING, "scope": ("data", *MISSING), "type": TYPES + MISSING}
    texts |= {"dataset_name": DATASETS + MISSING, "destinationdblock": MISSING}
    row = _spoil(rng, row, spoilt, jeditaskid=tasks, fsize=SIZES, **texts)
    return _spoil(rng, row, 0.3, proddblock=MISSING)


def _transfer(rng, n, jobs, files, sites, spoilt):
    like = rng.choice(files)
    is_output = like["type"] in {"output", "log"}
    row = transfer(transfer_id=f"t{n}", started_at=ENDED - timedelta(hours=1))
    row["activity"] = rng.choice(UPLOADS if is_output else DOWNLOADS)
    row |= {key: like[key] for key in ("jeditaskid", "scope", "lfn", "dataset_name")}
    row |= {"bytes": like["fsize"], "proddblock": like["proddblock"]}
    row |= {"src_site": rng.choice(sites), "dst_site": rng.choice(sites)}
    row = _spoil(rng, row, 0.3, dataset_name=(like["proddblock"], like["dataset_name"]))
    row = _spoil(rng, row, 0.3, pandaid=(like["pandaid"], 99), started_at=MOMENTS)
    row = _spoil(rng, row, 0.5, proddblock=(None,))
    texts = {"scope": ("data", *MISSING), "lfn": LFNS + MISSING, "proddblock": BLOCKS + MISSING}
    texts |= {"dataset_name": DATASETS + MISSING, "activity": ACTIVITIES, "bytes": SIZES}
    sites = {"src_site": SITES + MISSING, "dst_site": SITES + MISSING}
    return _spoil(rng, row, spoilt, jeditaskid=(10, 11, 0, None), **texts, **sites)


def _total(rng, one, files):
    """Totals as PanDA would write them, of all files of the job or of some."""
    for key, kind in (("inputfilebytes", "input"), ("outputfilebytes", "output")):
        mine = [f for f in files if f["pandaid"] == one["pandaid"] and f["type"] == kind]
        some = mine if rng.random() < 0.5 else [f for f in mine if rng.random() < 0.6]
        distinct = {(f["lfn"], f["scope"], f["dataset_name"]): f["fsize"] or 0 for f in some}
        one[key] = rng.choice((sum(distinct.values()),) * 6 + (0, None))


def apart(number, case):
    """The case with ids and file names of its own, so that it can stand beside others."""

    def moved(row):
        out = dict(row)
        for key in ("pandaid", "jeditaskid"):
            if out.get(key) is not None and out[key] > 0:
                out[key] += 1000 * number
        if out.get("transfer_id"):
            out["transfer_id"] = f"{number:06d}-{out['transfer_id']}"
        if out.get("lfn") not in MISSING and "lfn" in out:
            out["lfn"] = f"{number}/{out['lfn']}"
        return out

    return tuple([moved(row) for row in rows] for rows in case)
