"""Flask's error handlers: every error leaves in the one envelope."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from me_api import errors
from me_api.errors import ApiError, envelope
from me_api.storage.failures import to_api_error


def init_app(app: Flask) -> None:
    """Let every error of every route leave in the one envelope."""
    app.register_error_handler(ApiError, _answer_error)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unexpected)


def _answer_error(error: ApiError) -> Response:
    response = jsonify(envelope(error))
    response.status_code = error.status
    if "retry_after" in error.extra:
        response.headers["Retry-After"] = str(error.extra["retry_after"])
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if error.status == HTTPStatus.UPGRADE_REQUIRED:
        response.headers.extend({"Upgrade": "websocket", "Sec-WebSocket-Version": "13"})
    return response


def _answer_http(error: HTTPException) -> Response:
    """Put what Flask itself refuses into the envelope, with the headers it asks for."""
    status = error.code or 500
    code = error.name.lower().replace(" ", "_")
    response = jsonify({"errors": [errors.describe(status, code, error.description or error.name)]})
    response.status_code = status
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _answer_unexpected(error: Exception) -> Response:
    return _answer_error(to_api_error(error))
