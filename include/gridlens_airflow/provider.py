"""What Airflow reads at its start to know our type of connection, without loading the hook."""

from __future__ import annotations

from typing import Any


def provider_info() -> dict[str, Any]:
    """The package as a provider, in the form that Airflow asks for."""
    return {
        "package-name": "gridlens",
        "name": "gridlens",
        "description": "Connections to the OpenSearch clusters that gridlens reads.",
        "connection-types": [
            {
                "connection-type": "gridlens_opensearch",
                "hook-class-name": "gridlens_airflow.hook.GridlensOpenSearchHook",
                "hook-name": "OpenSearch of gridlens",
            }
        ],
    }
