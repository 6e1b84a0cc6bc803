"""Airflow's connections to OpenSearch, as the endpoints that gridlens reads from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.providers.opensearch.hooks.opensearch import OpenSearchHook

from gridlens.endpoint import Endpoint
from gridlens.errors import GridlensError

if TYPE_CHECKING:
    from airflow.sdk import Connection
    from opensearchpy import OpenSearch

DEFAULT_PORT = 9200


class GridlensOpenSearchHook(OpenSearchHook):
    """One OpenSearch, as a connection describes it; certificates are checked by default.

    Args:
        opensearch_conn_id: the connection's id, which ``sources.toml`` calls ``endpoint``.
    """

    conn_type = "gridlens_opensearch"
    hook_name = "OpenSearch of gridlens"
    default_conn_name = "opensearch_panda"

    def __init__(self, opensearch_conn_id: str = default_conn_name) -> None:
        super().__init__(open_search_conn_id=opensearch_conn_id, log_query=False)

    @cached_property
    def endpoint(self) -> Endpoint:
        """What gridlens must know of it.

        Raises:
            SettingsError: the connection names an unknown field, or no host.
        """
        return endpoint_of(self.conn)

    @cached_property
    def client(self) -> OpenSearch:
        """A client of opensearch-py for the work of others, with the same login and trust."""
        from opensearchpy import OpenSearch

        known = self.endpoint
        return OpenSearch(
            hosts=[host + known.path_prefix for host in known.hosts],
            http_auth=(known.login, known.password) if known.login else None,
            headers={"authorization": f"Bearer {known.token}"} if known.token else None,
            verify_certs=known.verify,
            ca_certs=known.ca_file or None,
            client_cert=known.client_cert or None,
            client_key=known.client_key or None,
            timeout=known.timeout_s,
            http_compress=known.compress,
        )

    def test_connection(self) -> tuple[bool, str]:
        """What the button *Test* tells."""
        from gridlens import pipelines

        try:
            return True, pipelines.greet(self.endpoint)
        except GridlensError as error:
            return False, str(error)

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """How the form of a connection looks."""
        return {
            "hidden_fields": [],
            "relabeling": {"schema": "http or https", "extra": "Fields of the endpoint (JSON)"},
            "placeholders": {"schema": "https", "port": str(DEFAULT_PORT)},
        }


class ConnectionEndpoints(Mapping[str, Endpoint]):
    """Endpoints by the id of their connection, each looked up when it is asked for.

    Args:
        otherwise: endpoints for which there is no connection.
    """

    def __init__(self, otherwise: Mapping[str, Endpoint]) -> None:
        self._otherwise = otherwise

    def __getitem__(self, name: str) -> Endpoint:
        """The endpoint; a ``KeyError`` if nobody has said where it is."""
        from airflow.sdk.exceptions import AirflowNotFoundException

        try:
            return GridlensOpenSearchHook(name).endpoint
        except AirflowNotFoundException:
            return self._otherwise[name]

    def __iter__(self) -> Iterator[str]:
        """Those known without asking: Airflow does not list its connections to tasks."""
        return iter(self._otherwise)

    def __len__(self) -> int:
        """As many as are known without asking."""
        return len(self._otherwise)


def endpoint_of(connection: Connection) -> Endpoint:
    """The endpoint that a connection describes.

    Host, port and schema make an address; ``hosts`` in the extra field takes their place. The
    other fields of an endpoint stand in the extra field too.

    Raises:
        SettingsError: a field is unknown, missing or not of its kind. Values are never told.
    """
    from airflow.sdk.log import mask_secret

    extra = connection.extra_dejson
    # Airflow masks the password by itself, and of the extra field what has a telling name.
    for secret in (connection.password, extra.get("token"), extra.get("password")):
        if secret:
            mask_secret(secret)
    address = {"hosts": _address(connection)} if connection.host else {}
    login = {"login": connection.login, "password": connection.password}
    given = address | {field: value for field, value in login.items() if value} | extra
    return Endpoint.of(str(connection.conn_id), given)


def _address(connection: Connection) -> str:
    host = str(connection.host).rstrip("/")
    # A connection that was given as a URI may have its scheme in the host, and people put ports.
    address = host if "://" in host else f"{connection.schema or 'https'}://{host}"
    told = re.search(r":(\d+)$", address)
    if told and connection.port in (None, int(told[1])):
        return address
    return f"{address}:{connection.port or DEFAULT_PORT}"
