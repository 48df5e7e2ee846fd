"""Routes for operators: liveness, readiness, metrics, and what `flask monitor` shows."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Blueprint, Response

from me_api.errors import Draining, Forbidden, StorageUnavailable
from me_api.metrics import CONTENT_TYPE, metrics
from me_api.operations.schemas import Health, Readiness, ServerState
from me_api.operations.service import readiness, server_state
from me_api.rest.endpoint import endpoint
from me_api.rest.request import caller
from me_api.validation import Data

blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
@endpoint(responses={200: Data[Health]}, direct="at once")
def show_health() -> Any:
    """Report that the process is alive."""
    return {"data": {"status": "ok"}}


@blueprint.get("/readyz")
@endpoint(responses={200: Data[Readiness]}, failures=(Draining, StorageUnavailable))
def show_readiness() -> Any:
    """Report whether the process is ready: the database is at this version, and is its own."""
    return {"data": readiness()}


@blueprint.get("/metrics")
@endpoint(responses={200: Annotated[str, CONTENT_TYPE]})
def show_metrics() -> Any:
    """Return all metrics, in Prometheus' text format."""
    return Response(metrics.exposition(), content_type=CONTENT_TYPE)


@blueprint.get("/monitor")
@endpoint(responses={200: Data[ServerState]}, token=True, action="monitor", failures=(Forbidden,))
def show_state() -> Any:
    """Return all metrics and the latest warnings and errors of this server, to an owner."""
    return {"data": server_state(caller())}
