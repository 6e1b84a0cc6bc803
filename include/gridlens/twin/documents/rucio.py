"""Transfers as MONIT's enriched index writes them: rule events and pilot traces, under ``data``."""

from __future__ import annotations

from typing import Any

from gridlens.twin.documents.clock import epoch
from gridlens.twin.history.records import Transfer

Document = dict[str, Any]

# appid reaches the index for few traces only: the paper's export had none.
KNOWN_JOB_PERCENT = 2


def transfer_document(transfer: Transfer, indexed: int) -> Document:
    """One terminal record; ``indexed`` is when the index got it."""
    in_ms = transfer.transfer_id[0] in "01234567"
    data: Document = {
        "event_type": transfer.event,
        "activity": transfer.activity,
        "scope": transfer.scope,
        "name": transfer.lfn,
        "dataset": transfer.dataset,
        "bytes": transfer.size,
        "file_size": transfer.size,
        "src_rse": transfer.src_rse,
        "dst_rse": transfer.dst_rse,
        "src_experiment_site": transfer.src_site,
        "dst_experiment_site": transfer.dst_site,
        "submitted_at": epoch(transfer.submitted, in_ms),
        "started_at": epoch(transfer.started, in_ms),
        "transferred_at": epoch(transfer.ended, in_ms),
        "duration": _duration(transfer),
    }
    data.update(_trace(transfer) if transfer.queue else _event(transfer, in_ms))
    return {"data": data, "metadata": {"timestamp": indexed * 1000 + 137}}


def pending_documents(transfer: Transfer) -> list[Document]:
    """What the index holds of a rule's transfer before it comes to an end."""
    out: list[Document] = []
    for event, indexed in (
        ("transfer-queued", transfer.submitted - 30),
        ("transfer-submitted", transfer.submitted),
    ):
        document = transfer_document(transfer, indexed)
        document["data"].update(
            event_type=event, state=event.rpartition("-")[2].upper(), transferred_at=None
        )
        document["data"].update(duration=-1, reason=None)
        if event == "transfer-queued":
            document["data"].update(src_rse=None, src_experiment_site="", started_at=None)
        out.append(document)
    return out


def _event(transfer: Transfer, in_ms: bool) -> Document:
    return {
        "request_id": transfer.transfer_id,
        "transfer_id": f"fts-{transfer.transfer_id[8:20]}",
        "state": transfer.state,
        "reason": "" if transfer.state == "DONE" else transfer.reason,
        "created_at": epoch(transfer.submitted - 40, in_ms),
        "rule_id": transfer.transfer_id[::-1],
        "previous_request_id": transfer.retries,
        "retry_count": 1 if transfer.retries else 0,
        "account": "root" if transfer.activity != "User Subscriptions" else "user042",
        "protocol": "davs",
    }


def _trace(transfer: Transfer) -> Document:
    known = transfer.pandaid is not None and int(transfer.transfer_id[1:9], 16) % 100
    nick = f"user{int(transfer.transfer_id[:4], 16) % 180:03d}"
    return {
        "traceId": transfer.transfer_id,
        "clientState": transfer.state,
        "stateReason": "direct_access" if transfer.state == "FOUND_ROOT" else transfer.reason,
        "jeditaskid": transfer.task,
        "appid": str(transfer.pandaid) if known in range(1, 1 + KNOWN_JOB_PERCENT) else None,
        "pq": transfer.queue,
        "protocol": "root",
        "usr": nick,
        "usrdn": f"/DC=example/DC=users/CN={nick}",
        "hostname": "wn.example",
    }


def _duration(transfer: Transfer) -> int | None:
    if transfer.ended is None:
        return None if transfer.queue else -1
    # Rucio keeps the seconds within a day and forgets the days.
    return (transfer.ended - transfer.started) % 86_400
