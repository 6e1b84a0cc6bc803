"""Who may see a page: Airflow guards none of a plugin's routes by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from fastapi import HTTPException, status

log = logging.getLogger(__name__)


def login() -> Callable[..., Any]:
    """What every route depends on: a login of Airflow that may see plugins.

    Where this Airflow has another way to ask for it than the one known here, nobody may enter.
    """
    try:
        from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
        from airflow.api_fastapi.core_api.security import requires_access_view

        guard: Callable[..., Any] = requires_access_view(AccessView.PLUGINS)
    except (ImportError, AttributeError) as error:
        log.error("the pages of gridlens are closed, as logins cannot be checked: %s", error)
        return refuse
    return guard


def refuse() -> None:
    """Let nobody in.

    Raises:
        HTTPException: 403, always.
    """
    raise HTTPException(
        status.HTTP_403_FORBIDDEN, "logins cannot be checked: the api-server's log says why"
    )
