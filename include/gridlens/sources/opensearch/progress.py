"""How far a long reading has come, told about every ten seconds."""

from __future__ import annotations

import logging
import time

from gridlens.sources.opensearch.client import Client
from gridlens.sources.opensearch.source import Proof

log = logging.getLogger(__name__)

_EVERY_S = 10.0


class Progress:
    """Tells documents, rate and time left.

    Args:
        what: is read.
        proof: of the reading, as it grows.
        client: that reads.
    """

    def __init__(self, what: str, proof: Proof, client: Client) -> None:
        self._what, self._proof, self._client = what, proof, client
        self._began = self._told = time.monotonic()

    @property
    def rate(self) -> int:
        """Documents in a second since the start."""
        return round(self._proof.fetched / max(time.monotonic() - self._began, 0.001))

    def tell(self) -> None:
        """Log a line, unless one was logged in the last seconds."""
        now = time.monotonic()
        if now - self._told < _EVERY_S:
            return
        self._told = now
        left = max(self._proof.look.documents - self._proof.fetched, 0)
        log.info(
            "%s: %s of %s documents, %s/s, %.0f MB, about %.0f s left",
            self._what,
            f"{self._proof.fetched:,}",
            f"{self._proof.look.documents:,}",
            f"{self.rate:,}",
            self._client.received / 1e6,
            left / max(self.rate, 1),
        )
