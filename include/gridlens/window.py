"""Days and windows: UTC, half-open; the only calendar arithmetic of the package."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gridlens.errors import SettingsError


@dataclass(frozen=True, order=True)
class Day:
    """One UTC calendar day, from midnight (included) to midnight (excluded)."""

    date: date

    @classmethod
    def parse(cls, text: str) -> Day:
        """Read ``YYYY-MM-DD``.

        Raises:
            SettingsError: the text is not such a date.
        """
        try:
            return cls(datetime.strptime(text.strip(), "%Y-%m-%d").date())  # noqa: DTZ007 - a date has no zone
        except ValueError:
            raise SettingsError(f"'{text}' is not a day: write it as YYYY-MM-DD") from None

    @property
    def start(self) -> datetime:
        """First instant of the day, as naive UTC, as times stand in all tables."""
        return datetime(self.date.year, self.date.month, self.date.day)  # noqa: DTZ001 - naive is UTC here

    @property
    def end(self) -> datetime:
        """First instant after the day, as naive UTC."""
        return self.plus(1).start

    def plus(self, days: int) -> Day:
        """The day that many days later (earlier, when negative)."""
        return Day(self.date + timedelta(days=days))

    def __str__(self) -> str:
        """The day as ``YYYY-MM-DD``."""
        return self.date.isoformat()


@dataclass(frozen=True)
class Window:
    """Whole UTC days from ``first`` (included) to ``end`` (excluded)."""

    first: Day
    end: Day

    def __post_init__(self) -> None:
        if self.end <= self.first:
            raise SettingsError(
                f"the window {self.first} to {self.end} holds no day: its end is excluded, "
                "so it must lie after its first day"
            )

    @classmethod
    def parse(cls, first: str, end: str) -> Window:
        """Read two ``YYYY-MM-DD``; the second is excluded."""
        return cls(Day.parse(first), Day.parse(end))

    @classmethod
    def of(cls, day: Day) -> Window:
        """The window of that one day."""
        return cls(day, day.plus(1))

    def __iter__(self) -> Iterator[Day]:
        """The days of the window, in order."""
        return (self.first.plus(n) for n in range((self.end.date - self.first.date).days))

    def __str__(self) -> str:
        """The window as ``first..end``, end excluded."""
        return f"{self.first}..{self.end}"
