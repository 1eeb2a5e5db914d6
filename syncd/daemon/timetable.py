"""What is due from time to time, as the scheduler keeps it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

EARLIEST = 0.9
"""Each pause is between this share of the period and all of it, so that nothing comes in step."""


class _Every(BaseTrigger):  # type: ignore[misc]
    """Due a while from now, whenever it was due before: a clock that was set is never made up for."""

    def __init__(self, seconds: float, chance: Random) -> None:
        self._seconds = seconds
        self._chance = chance

    def get_next_fire_time(self, _: datetime | None, now: datetime) -> datetime:
        """Return the next moment."""
        return now + timedelta(seconds=self._seconds * self._chance.uniform(EARLIEST, 1))


class Timetable:
    """Calls functions that return at once, from a thread of its own, again and again.

    The scheduler goes by the wall's clock; `hurry` is for when that was set, or this machine slept.
    """

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def every(self, name: str, seconds: float, do: Callable[[], None]) -> None:
        """Call something once in every so many seconds, for the first time after that."""
        self._scheduler.add_job(do, _Every(seconds, self._chance), id=name)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """End; a call that is under way is not waited for."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def hurry(self) -> None:
        """Let everything be due now."""
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))
