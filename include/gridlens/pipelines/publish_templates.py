"""The templates of the twin's indices, put into an OpenSearch that has nothing of others there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gridlens.errors import SourceRejected
from gridlens.sources.opensearch.client import Client
from gridlens.twin.indices import MADE_HERE, templates
from gridlens.twin.published import INDICES, RUCIO

_TOLD_OF_TEMPLATES = "index_templates.name,index_templates.index_template._meta"
# Every index has an id; without it, one that bears no mark would not be told of at all.
_TOLD_OF_INDICES = "*.settings.index.uuid,*.mappings._meta"
_EVERY_INDEX = {"expand_wildcards": "all", "filter_path": _TOLD_OF_INDICES}


def put_templates(clients: Mapping[str, Client]) -> None:
    """Put each template where its documents go, once all that is there has been looked at.

    The indices bear the names of real ones, and a published document among real ones, or a
    template in the place of the real one, could hardly be undone.

    Args:
        clients: of the two systems.

    Raises:
        SourceRejected: a template, or an index of its pattern, is somebody else's.
        SourceUnavailable: the server does not answer.
    """
    systems = {name: system for system, name in INDICES.values()}
    bodies = templates()
    # Traces are Rucio's, though the twin writes them into the enriched index only.
    owners = {name: clients[systems.get(name, RUCIO)] for name in bodies}
    for name, client in owners.items():
        _require_own_template(client, name)
        _require_own_indices(client, ",".join(bodies[name]["index_patterns"]))
    for name, client in owners.items():
        client.request("PUT", f"/_index_template/{name}", bodies[name])


def _require_own_template(client: Client, name: str) -> None:
    # All are asked for, as one that is not there would be an error.
    asked = {"filter_path": _TOLD_OF_TEMPLATES}
    answer = client.request("GET", "/_index_template", params=asked).json()
    for found in answer.get("index_templates", []):
        if found["name"] == name:
            _require_mark(client, f"the template {name}", found.get("index_template", {}))


def _require_own_indices(client: Client, pattern: str) -> None:
    found = client.request("GET", f"/{pattern}", params=_EVERY_INDEX).json()
    for name, index in sorted(found.items()):
        _require_mark(client, f"the index {name}", index.get("mappings", {}))


def _require_mark(client: Client, what: str, described: Mapping[str, Any]) -> None:
    if described.get("_meta", {}).items() >= MADE_HERE.items():
        return
    raise SourceRejected(
        f"{client.address}: {what} was not made by `gridlens twin publish`, and may be a real one: "
        "publish to a server of your own (`make opensearch`), or delete it if nobody needs it"
    )
