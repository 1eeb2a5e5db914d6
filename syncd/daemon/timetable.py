"""What is due from time to time, as the scheduler keeps it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

EARLIEST = 0.9
"""Each pause is between this share of the period and all of it, so that nothing comes in step."""


class Timetable:
    """Calls functions that return at once, from a thread of its own, again and again.

    Each call is scheduled by the one before it: a clock that is set, or a machine that slept, never makes up for more
    than one. `hurry` is for the other way round, where a clock was set back.
    """

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._periods: dict[str, tuple[float, Callable[[], None]]] = {}

    def every(self, name: str, seconds: float, do: Callable[[], None]) -> None:
        """Call something once in every so many seconds, for the first time after that."""
        self._periods[name] = seconds, do
        self._plan(name)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """End; a call that is under way is not waited for."""
        self._scheduler.shutdown(wait=False)

    def hurry(self) -> None:
        """Let everything be due now."""
        for name in self._periods:
            self._scheduler.add_job(self._run, "date", args=[name], id=name, replace_existing=True)

    def _plan(self, name: str) -> None:
        seconds, _ = self._periods[name]
        pause = timedelta(seconds=seconds * self._chance.uniform(EARLIEST, 1))
        moment = datetime.now(UTC) + pause
        self._scheduler.add_job(self._run, "date", run_date=moment, args=[name], id=name, replace_existing=True)

    def _run(self, name: str) -> None:
        _, do = self._periods[name]
        do()
        self._plan(name)
