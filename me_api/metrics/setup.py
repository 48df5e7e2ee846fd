"""Adds the metrics to an application."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask

from me_api.metrics import Metrics


def init_app(app: Flask, namespaces: Iterable[str], limits: Iterable[str]) -> None:
    """Create the metrics; what is measured elsewhere is added by the packages that measure it."""
    app.extensions["metrics"] = Metrics(namespaces, limits)
