"""
Door: how the work stands -> Prometheus's text format. Read from the database whenever it is asked for.

Tasks are short-lived and run in many processes, so none of them keeps a counter: the database is the memory.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from math import ceil
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIServer
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry, Metric, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from pipeline.alert.route import every
from pipeline.domain import Delay, Pass, Route, Workings
from pipeline.services import Services

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_QUANTILES = (0.5, 0.9, 1.0)


def metrics_text(services: Services) -> bytes:
    """Return every metric in the text format; for an internal port: it names feeds' failures and routes."""
    return generate_latest(registry(services))


def serve(services: Services, port: int, address: str) -> tuple[WSGIServer, Thread]:
    """Answer Prometheus on a port until the server is shut down."""
    server, thread = start_http_server(port, address, registry(services))
    return server, thread


def registry(services: Services) -> CollectorRegistry:
    """Return what collects anew whenever it is asked."""
    wanted = CollectorRegistry(auto_describe=False)
    wanted.register(_Collector(services))
    return wanted


class _Collector:
    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        workings = self._services.store.measures.read(self._services.now())
        yield from families(workings, list(every(self._services.settings.routes)), len(self._services.settings.feeds))


def families(workings: Workings, routes: Sequence[Route], feeds: int) -> Iterator[Metric]:
    """Turn numbers into metrics. Pure."""
    yield from _of_passes(workings.passes)
    yield from _of_queues(workings)
    yield _gauge("feeds", "Feeds in feeds.yaml.", {(): feeds})
    yield _gauge("feeds_polled", "Feeds by how their last poll ended.", _single(workings.feeds), "outcome")
    yield _gauge("incidents_open", "Feeds with something wrong that lasts.", _single(workings.incidents), "kind")
    yield _gauge("shifts", "Shifts that were found.", workings.shifts, "kind", "state")
    labels = ("route", "reason", "state")
    yield _gauge("notifications", "Answers of routes and what became of them.", workings.notifications, *labels)
    yield _gauge("digest_copies", "Copies of digests by what became of them.", _single(workings.deliveries), "state")
    issued = {(): workings.issue_sent_at.timestamp()} if workings.issue_sent_at else {}
    yield _gauge("last_issue_timestamp_seconds", "When a weekly issue was last sent to a reader.", issued)
    yield from _of_delays(workings.delays)
    yield from _of_budgets(workings, routes)
    yield _gauge("rows", "Rows in the database.", _single(workings.rows), "table")
    yield _gauge("database_bytes", "Size of the database.", {(): workings.bytes_used})


def _of_passes(passes: Sequence[Pass]) -> Iterator[Metric]:
    ended = {(one.verb,): one.succeeded_at.timestamp() for one in passes if one.succeeded_at}
    yield _gauge("last_start_timestamp_seconds", "When a verb last began.", {
        (one.verb,): one.begun_at.timestamp() for one in passes
    }, "verb")  # fmt: skip
    yield _gauge("last_success_timestamp_seconds", "When a pass of a verb last ended well.", ended, "verb")
    took = {(one.verb,): one.seconds for one in passes if one.seconds is not None}
    yield _gauge("pass_seconds", "How long that pass took.", took, "verb")
    counted = {
        (one.verb, what): number
        for one in passes
        for what, number in (("begun", one.begun), ("succeeded", one.succeeded), ("busy", one.busy))
    }
    yield _counter("passes", "Passes begun, ended well, or ended since another was at work.", counted, "verb", "end")
    totals = {(one.verb, what): number for one in passes for what, number in one.totals.items()}
    yield _counter("outcomes", "What passes counted, all together.", totals, "verb", "outcome")


def _of_queues(workings: Workings) -> Iterator[Metric]:
    numbers = {(one.stage,): one.number for one in workings.waiting}
    ages = {(one.stage,): _seconds(one.since, workings.at) if one.since else 0.0 for one in workings.waiting}
    yield _gauge("waiting", "What a stage has still to do.", numbers, "stage")
    yield _gauge("waiting_oldest_seconds", "How long the oldest of it has waited.", ages, "stage")


def _of_delays(delays: Sequence[Delay]) -> Iterator[Metric]:
    published = [_seconds(one.published_at, one.sent_at) for one in delays if one.published_at]
    fetched = [_seconds(one.seen_at, one.sent_at) for one in delays]
    found = {
        (since, f"{share:g}"): sorted(values)[ceil(share * len(values)) - 1]
        for since, values in (("publication", published), ("fetch", fetched))
        for share in _QUANTILES
        if values
    }
    about = "From the newest text behind a message until it was sent, over seven days."
    yield _gauge("notification_delay_seconds", about, found, "since", "quantile")
    yield _gauge("notifications_sent_week", "Messages about one shift sent in seven days.", {(): len(delays)})


def _of_budgets(workings: Workings, routes: Iterable[Route]) -> Iterator[Metric]:
    limited = [route for route in routes if route.messages_per_week is not None]
    allowed = {(route.name,): float(route.messages_per_week or 0) for route in limited}
    used = {
        (route.name,): sum(_week(at, route) == _week(workings.at, route) for at in workings.said_at.get(route.name, ()))
        for route in limited
    }
    yield _gauge("route_budget_messages", "Messages of its own that a route may have a week.", allowed, "route")
    yield _gauge("route_used_messages", "Messages of its own that it had this week.", used, "route")


def _week(at: datetime, route: Route) -> tuple[int, int]:
    calendar = at.astimezone(ZoneInfo(route.timezone)).isocalendar()
    return calendar.year, calendar.week


def _seconds(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds())


def _single(numbers: Mapping[str, int]) -> dict[tuple[str, ...], int]:
    return {(name,): number for name, number in numbers.items()}


def _gauge(name: str, about: str, values: Mapping[Any, float], *labels: str) -> Metric:
    return _filled(GaugeMetricFamily(f"stancewatch_{name}", about, labels=labels), values)


def _counter(name: str, about: str, values: Mapping[Any, float], *labels: str) -> Metric:
    return _filled(CounterMetricFamily(f"stancewatch_{name}", about, labels=labels), values)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, values: Mapping[Any, float]) -> Metric:
    for labels in sorted(values):
        family.add_metric(list(map(str, labels)), values[labels])
    return family
