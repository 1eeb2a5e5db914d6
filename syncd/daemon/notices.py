"""`notify.command`: run once when a set halts or holds, and once when that is over."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Collection, Iterable, Mapping, Sequence
from queue import Full, Queue
from threading import Lock, Thread

from syncd.daemon.journal import Standing, remembered, standing_of
from syncd.model.affinity import spread
from syncd.model.clock import Clock
from syncd.model.names import plain
from syncd.model.plan import SetPlan
from syncd.model.sets import SetKey
from syncd.model.time import Instant
from syncd.model.words import HaltName
from syncd.store import SetStatus

PATIENCE = 300.0
"""Seconds that a halt which may be over in a moment lasts before a person is told."""
LONGEST = 60.0
"""Seconds that the command may take."""
_MOST = 1000
_BRIEF = frozenset({HaltName.UNREACHABLE.value, HaltName.LISTING_FAILED.value})
_SECRET = ("SYNCD_API_KEY", "CREDENTIALS_DIRECTORY")


class Notices:
    """Runs the command, one call after the other, in a thread of its own. Without a command it does nothing."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], clock: Clock, log: logging.Logger) -> None:
        self._command = list(command)
        self._environ = {name: value for name, value in environ.items() if name not in _SECRET}
        self._clock = clock
        self._log = log
        self._lock = Lock()
        self._told: dict[SetKey, tuple[str, bytes]] = {}
        self._since: dict[SetKey, tuple[str, Instant]] = {}
        self._calls: Queue[dict[str, str] | None] = Queue(_MOST)
        self._thread = Thread(target=self._run, name="syncd-notify", daemon=True)
        if self._command:
            self._thread.start()

    def know(self, statuses: Iterable[SetStatus]) -> None:
        """Take for told what an earlier process must have told."""
        for status in statuses:
            word = remembered(status).word
            if _is_news(word) and word not in _BRIEF:
                self._told[status.key] = word, status.folder

    def learn(self, plan: SetPlan) -> None:
        """Take in how a pass over a set ended. Called by one thread for one set."""
        now = standing_of(plan)
        if not self._command or now.word == HaltName.LEASED:
            return
        with self._lock:
            self._learn(plan, now)

    def _learn(self, plan: SetPlan, now: Standing) -> None:
        told, _ = self._told.get(plan.key, (None, b""))
        if not _is_news(now.word):
            self._since.pop(plan.key, None)
            if told is not None:
                del self._told[plan.key]
                self._call("cleared", plan.key, plan.folder, Standing(told, now.numbers))
        elif now.word != told and self._lasts(plan.key, now.word):
            self._told[plan.key] = now.word, plan.folder
            self._call("held" if now.word == "held" else "halted", plan.key, plan.folder, now)

    def keep(self, existing: Collection[SetKey]) -> None:
        """Tell of a halt that it is over where its set does not exist any more."""
        with self._lock:
            self._since = {key: since for key, since in self._since.items() if key in existing}
            for key in [each for each in self._told if each not in existing]:
                word, folder = self._told.pop(key)
                self._call("cleared", key, folder, Standing(word, {}))

    def close(self, seconds: float) -> None:
        """Run no more than what waits already, for so long at most."""
        if self._command:
            self._put(None)
            self._thread.join(seconds)

    def _lasts(self, key: SetKey, word: str) -> bool:
        since = self._since.get(key)
        if since is None or since[0] != word:
            since = self._since[key] = word, self._clock.now()
        return word not in _BRIEF or since[1].age_at(self._clock.now()) >= PATIENCE

    def _call(self, event: str, key: SetKey, folder: bytes, standing: Standing) -> None:
        self._put(
            {
                "SYNCD_EVENT": event,
                "SYNCD_REASON": standing.word,
                "SYNCD_FOLDER": plain(folder),
                "SYNCD_MODEL_ID": key.model_id,
                "SYNCD_IMAGE_TYPE": key.image_type.value,
                "SYNCD_DETAIL": standing.why,
                "SYNCD_REMEDY": standing.remedy,
                "SYNCD_HELD": str(standing.numbers.get("held", 0)),
            }
        )

    def _put(self, call: dict[str, str] | None) -> None:
        try:
            self._calls.put_nowait(call)
        except Full:
            self._log.error("notify.command is too slow, a notice is lost", extra=call or {})

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            try:
                code = self._called(call)
                failed = f"exit code {code}" if code else ""
            except subprocess.TimeoutExpired:
                failed = f"it took longer than {LONGEST:g} s, and was ended"
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                failed = str(getattr(error, "strerror", None) or type(error).__name__)
            if failed:
                self._log.warning("notify.command failed", extra={"why": failed, "folder": call["SYNCD_FOLDER"]})

    def _called(self, call: Mapping[str, str]) -> int:
        with spread():
            process = subprocess.Popen(  # noqa: S603 - the command is the owner's own
                self._command,
                env={**self._environ, **call},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        with process:
            try:
                return process.wait(LONGEST)
            except BaseException:
                process.kill()
                raise


def _is_news(word: str) -> bool:
    return word not in {"in sync", "open", "new"}
