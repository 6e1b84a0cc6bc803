"""What a look at an installation tells: what is wrong, where, and the command that mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from gridlens.settings import Settings


@dataclass(frozen=True)
class Finding:
    """Something that is wrong.

    Attributes:
        what: what is wrong, as one line.
        where: the file, folder, day or DAG that it is wrong with.
        mend: the command that mends it, to be typed as it stands; several are joined by ``&&``.
    """

    what: str
    where: str
    mend: str


@dataclass(frozen=True)
class Looked:
    """Something that was looked at to its end, whatever was found.

    Attributes:
        at: what, and how much of it, as one line.
    """

    at: str


# A check looks and changes nothing. It yields what it finds as it goes and may say how far it has
# come. Checks of other packages are entry points of the group; what is optional and not installed
# has nothing wrong with it.
Check: TypeAlias = Callable[[Settings], Iterable[Finding | Looked]]
GROUP = "gridlens.checks"
