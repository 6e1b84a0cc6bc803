"""The views of the lake beside its models."""

from __future__ import annotations

from gridlens.warehouse.alerts import ALERTS
from gridlens.warehouse.drift import DRIFT
from gridlens.warehouse.matches import MATCHES

VIEWS = (ALERTS, DRIFT, MATCHES)
