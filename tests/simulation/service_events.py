"""What befalls the service, the network's answers and the clocks."""

from __future__ import annotations

from syncd.sandbox import ApiError
from tests.harness.crash import Crash
from tests.simulation.cloud import HUMAN, Lies
from tests.simulation.wire import OTHER, OWN
from tests.world import content


class ServiceEvents:
    """Part of a realm."""

    def _do_human_upload(self, key: str, what: str) -> None:
        try:
            self.cloud.add(key, content(what), HUMAN, self.clock.true)
        except ApiError:
            return

    def _do_output(self, key: str, what: str) -> None:
        self._do_human_upload(f"{key.split('/', maxsplit=1)[0]}/output", what)

    def _do_human_removal(self, key: str, number: int) -> None:
        images = self.cloud.images(key)
        if images and self.cloud.there(key.split("/", maxsplit=1)[0]):
            self.cloud.remove(images[number % len(images)].id, self.clock.true)

    def _do_wipe(self, key: str, number: int) -> None:
        if self.cloud.there(key.split("/", maxsplit=1)[0]):
            for image in self.cloud.images(key)[:number]:
                self.cloud.remove(image.id, self.clock.true)

    def _do_backup(self, _key: str) -> None:
        self.cloud.backup()

    def _do_restore(self, _key: str) -> None:
        self.cloud.bring_models_back()
        self.cloud.restore(self.clock.true)

    def _do_model_away(self, key: str) -> None:
        self.cloud.take_model(key.split("/", maxsplit=1)[0], "away")

    def _do_model_deleted(self, key: str) -> None:
        self.cloud.take_model(key.split("/", maxsplit=1)[0], "deleted")

    def _do_model_back(self, _key: str) -> None:
        self.cloud.bring_models_back()

    def _do_lag(self, seconds: float) -> None:
        self.cloud.lies.lag = seconds

    def _do_holes(self, key: str, number: int) -> None:
        images = self.cloud.images(key)
        if images:
            self.cloud.lies.holes.add(images[number % len(images)].id)

    def _do_empty_list(self, _key: str) -> None:
        self.cloud.lies.empty = True

    def _do_freeze(self, _key: str) -> None:
        self.cloud.lies.frozen = self.clock.true

    def _do_thaw(self, _key: str) -> None:
        self.cloud.lies = Lies()

    def _do_picture_gone(self, key: str, number: int) -> None:
        images = self.cloud.images(key)
        if images:
            self.cloud.gone_pictures.add(images[number % len(images)].id)
            self.oracle.fuzzy.add(key)

    def _do_pictures_back(self, _key: str) -> None:
        for cloud in self.clouds.values():
            cloud.gone_pictures.clear()

    def _do_re_encode(self, how: str) -> None:
        self.wire.reencode = how
        if how == "lossy":
            self.oracle.fuzzy |= set(self.setting.keys)

    def _do_pass_time(self, seconds: float) -> None:
        self.clock.pass_time(seconds)
        self.wire.deliver()

    def _do_suspend(self, seconds: float) -> None:
        self._do_pass_time(seconds)

    def _do_jump(self, seconds: float) -> None:
        self.clock.wall += seconds

    def _do_reboot(self, _key: str) -> None:
        self.clock.reboot()
        if self.moments.depth:
            self.moments.crashes["reboot"] += 1
            self.moments.burnt = True
            raise Crash
        self._die()

    def _do_heal(self) -> None:
        self.heal()

    def _do_limit(self, number: int) -> None:
        self.limit = min(number, self.setting.hard)

    def _do_other_key(self, _key: str) -> None:
        self.key = OTHER

    def _do_own_key(self, _key: str) -> None:
        self.key = OWN

    def _do_key_rejected(self, _key: str) -> None:
        self.wire.accepting = False

    def _do_key_accepted(self, _key: str) -> None:
        self.wire.accepting = True

    def _do_outage(self, how: str) -> None:
        self.wire.down = how

    def _do_outage_over(self, _key: str) -> None:
        self.wire.down = ""

    def _do_disk_full(self, number: int) -> None:
        self.moments.full_from = number
