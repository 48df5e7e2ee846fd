"""Adds the other servers of the same database to an application."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from sqlalchemy.engine import make_url

from me_api.cluster import Cluster
from me_api.cluster.alone import Alone
from me_api.cluster.node_name import default_name
from me_api.cluster.postgres import PostgresCluster
from me_api.config import Settings
from me_api.metrics import Metrics


def init_app(app: Flask) -> None:
    """Create the cluster, which the server joins when it starts, and name the node in metrics."""
    cluster = app.extensions["cluster"] = _make(app, app.config["SETTINGS"])
    if cluster.name:
        metrics: Metrics = app.extensions["metrics"]
        metrics.node.labels(cluster.name).set(1)


def _make(app: Flask, settings: Settings) -> Cluster:
    url = make_url(settings.database_url)
    if url.get_backend_name() != "postgresql":
        return Alone(settings.node)
    name = settings.node or default_name(Path(app.instance_path), settings.port)
    loop = app.extensions["loop"]
    return PostgresCluster(loop, url, name, settings.jwt_secret, settings.redis_url)
