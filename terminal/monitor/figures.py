"""The figures that the monitor shows, from the metrics of a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from terminal.monitor.numbers import Numbers

INTERFACES = {
    "/chat": "Socket.IO /chat",
    "/reports": "Socket.IO /reports",
    "/me": "Socket.IO /me",
    "/": "Socket.IO / (course)",
    "/ws/chat": "native WebSocket",
}
"""How interfaces are named whose connections are counted by their namespace."""
ERRORS = {
    "me_api_slow_clients_total": "slow clients",
    "me_api_refused_total": "refused over a limit",
    "me_api_busy_total": "refused as busy",
    "me_api_http_errors_total": "HTTP errors",
    "me_api_cut_responses_total": "responses cut off",
    "me_api_in_doubt_total": "commits in doubt",
}
"""The counters of what has failed."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is measured now; None is what the server does not report, or not yet.

    Rates are of the last ten seconds, p99 of the last minute; times are in seconds, memory in
    bytes. `publish_p99` is until a change is queued for its subscribers, `delivery_p99` until it
    was sent to the last of them. `errors` count since the server started.
    """

    nodes: list[str]
    connections: dict[str, int]
    messages_per_second: float | None
    commits_per_second: float | None
    commit_p99: float | None
    publish_p99: float | None
    delivery_p99: float | None
    loop_lag_p99: float | None
    queued_changes: float | None
    memory: float | None
    processor: float | None
    open_files: float | None
    errors: dict[str, int]
    errors_per_second: float | None


def figures(numbers: Numbers) -> Figures:
    """Return the figures of what has been measured."""
    rates = [rate for name in ERRORS if (rate := numbers.rate(name)) is not None]
    return Figures(
        nodes=numbers.nodes,
        connections=_connections(numbers),
        messages_per_second=numbers.rate("me_api_changes_total"),
        commits_per_second=numbers.rate("me_api_commits_total"),
        commit_p99=numbers.quantile(0.99, "me_api_commit_seconds"),
        publish_p99=numbers.quantile(0.99, "me_api_publish_seconds"),
        delivery_p99=numbers.quantile(0.99, "me_api_broadcast_seconds"),
        loop_lag_p99=numbers.quantile(0.99, "me_api_loop_lag_seconds"),
        queued_changes=numbers.value("me_api_commit_queue"),
        memory=numbers.value("process_resident_memory_bytes"),
        processor=numbers.rate("process_cpu_seconds_total"),
        open_files=numbers.value("process_open_fds"),
        errors=_errors(numbers),
        errors_per_second=sum(rates) if rates else None,
    )


def _connections(numbers: Numbers) -> dict[str, int]:
    by_namespace = numbers.by_label("me_api_connections", "namespace")
    found = {INTERFACES.get(name, name): int(value) for name, value in by_namespace.items()}
    for metric, interface in (("me_api_streams", "streams"), ("me_api_waiting", "long-polls")):
        if (value := numbers.value(metric)) is not None:
            found[interface] = int(value)
    return found


def _errors(numbers: Numbers) -> dict[str, int]:
    values: Mapping[str, float | None] = {
        label: numbers.value(name) for name, label in ERRORS.items()
    }
    return {label: int(value) for label, value in values.items() if value is not None}
