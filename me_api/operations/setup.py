"""Adds to an application what its operators need."""

from __future__ import annotations

import logging

from flask import Flask

from me_api.metrics import Metrics
from me_api.operations import cli, routes
from me_api.operations.loop_lag import LoopLag
from me_api.operations.recent_log import RecentLog
from me_api.operations.service import ReadinessState


def init_app(app: Flask) -> None:
    """Serve health, readiness and metrics; add `flask monitor`."""
    metrics: Metrics = app.extensions["metrics"]
    loop_lag = app.extensions["loop_lag"] = LoopLag(app.extensions["loop"])
    metrics.watch_histogram(
        "me_api_loop_lag_seconds", "How late the event loop calls functions", loop_lag.seconds
    )
    recent_log = app.extensions["recent_log"] = RecentLog()
    metrics.watch_counter(
        "me_api_logged_errors", "Errors that were logged", lambda: recent_log.errors
    )
    app.extensions["readiness"] = ReadinessState()
    app.register_blueprint(routes.blueprint)
    app.cli.add_command(cli.monitor)


def start(app: Flask) -> None:
    """Keep what is logged from now on, and measure the lag of the loop."""
    logging.getLogger().addHandler(app.extensions["recent_log"])
    app.extensions["loop_lag"].start()
