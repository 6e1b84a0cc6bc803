"""A grid that never was: documents as PanDA and Rucio write them, with planted truth.

Three things are kept apart: ``history`` (what happened), ``documents`` (how it is written down)
and ``faults`` (what goes wrong on the way).
"""

from gridlens.twin.make import make_days

__all__ = ["make_days"]
