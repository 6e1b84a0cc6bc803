"""The alerts that were worth a word, with the state that they are in."""

from __future__ import annotations

from gridlens.tables import Column
from gridlens.warehouse.ledger import RAW_TABLES
from gridlens.warehouse.view import View

_SELECT = """select
    alert_id,
    case when closed_at is not null then 'closed'
        when acknowledged_at is not null then 'acknowledged' else 'open' end as state,
    kind, severity, day, table_name, message, next_step, opened_at, last_seen_at, times_seen,
    acknowledged_at, acknowledged_by, note, closed_at, notified_at
from raw.alerts
left join (
    select alert_id, max(sent_at) as notified_at from raw.alert_notices group by alert_id
) as notices using (alert_id)
where opened_at is not null
order by case state when 'open' then 0 when 'acknowledged' then 1 else 2 end,
    severity, coalesce(closed_at, opened_at) desc, alert_id"""

_KEPT = {column.name: column for column in RAW_TABLES["alerts"].columns}

ALERTS = View(
    name="mart.alerts",
    meaning="What is and was wrong with the warehouse: open alerts first, then those that somebody "
    "has acknowledged, then closed ones, the newest first.",
    columns=(
        _KEPT["alert_id"],
        Column("state", "VARCHAR", "open, acknowledged (known, lasts) or closed (over)."),
        *(_KEPT[name] for name in ("kind", "severity", "day", "table_name", "message")),
        *(_KEPT[name] for name in ("next_step", "opened_at", "last_seen_at", "times_seen")),
        *(_KEPT[name] for name in ("acknowledged_at", "acknowledged_by", "note", "closed_at")),
        Column("notified_at", "TIMESTAMP", "Last time that a channel was told.", "UTC"),
    ),
    reads=("raw.alerts", "raw.alert_notices"),
    sql=_SELECT,
)
