"""The figures that a monitor collects, in the text format of Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from syncd import __version__
from syncd.model.words import HaltName
from syncd.page.outlook import Facts
from syncd.page.standing import COUNTS
from syncd.store import SetStatus

CONTENT_TYPE = CONTENT_TYPE_LATEST


def metrics(facts: Facts, *, alive: bool) -> bytes:
    """Write the figures of this moment. No file name is among them."""
    registry = CollectorRegistry()
    registry.register(_Figures(facts, alive=alive))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, facts: Facts, *, alive: bool) -> None:
        self._facts = facts
        self._alive = alive

    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily("syncd", "The version at work.", {"version": __version__})
        yield _one("syncd_alive", "1 while the daemon's loop goes round and its workers get on.", self._alive)
        yield _one("syncd_paused", "1 while people have paused it.", self._facts.paused)
        yield from self._daemon()
        yield from self._totals()
        yield from _by_set(self._facts.sets)

    def _daemon(self) -> Iterator[Metric]:
        daemon = self._facts.daemon
        if daemon is None:
            return
        yield _one("syncd_start_time_seconds", "When the daemon began, in seconds since 1970.", daemon.since)
        if daemon.watch is not None:
            words = "1 where the system tells of changes, 0 where folders are polled."
            yield _one("syncd_watch_native", words, daemon.watch == "native")

    def _totals(self) -> Iterator[Metric]:
        facts = self._facts
        yield _one("syncd_sets", "Sets that were passed over.", len(facts.sets))
        halted = GaugeMetricFamily("syncd_sets_halted", "Sets that are left alone, and why.", labels=["halt"])
        names = Counter(one.halt.name for one in facts.sets if one.halt is not None)
        for name in HaltName:
            halted.add_metric([name.value], names[name])
        yield halted
        images = GaugeMetricFamily("syncd_images", "Images of all sets by how they stand.", labels=["state"])
        for what in COUNTS:
            images.add_metric([what], facts.images(what))
        yield images
        if facts.oldest_success is not None:
            words = "When the set that is out of date the longest was in sync, in seconds since 1970."
            yield _one("syncd_oldest_success_timestamp_seconds", words, facts.oldest_success)


def _by_set(sets: tuple[SetStatus, ...]) -> Iterator[Metric]:
    labels = ["model_id", "image_type"]
    remote = GaugeMetricFamily("syncd_set_images", "Images that a set has there, ours or not.", labels=labels)
    halted = GaugeMetricFamily("syncd_set_halted", "1 while the set is left alone.", labels=labels)
    success = GaugeMetricFamily(
        "syncd_set_last_success_timestamp_seconds", "When it was last in sync, in seconds since 1970.", labels=labels
    )
    for one in sets:
        name = [one.key.model_id, one.key.image_type.value]
        remote.add_metric(name, one.remote)
        halted.add_metric(name, one.halt is not None)
        if one.last_success is not None:
            success.add_metric(name, one.last_success)
    yield from (remote, halted, success)


def _one(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value)
