"""Flask's error handlers: every error is sent in the same envelope."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from me_api import errors
from me_api.errors import ApiError, envelope
from me_api.storage.failures import to_api_error


def init_app(app: Flask) -> None:
    """Register the handlers for errors of all routes."""
    app.register_error_handler(ApiError, _respond_api_error)
    app.register_error_handler(HTTPException, _respond_http_error)
    app.register_error_handler(Exception, _respond_unexpected)


def _respond_api_error(error: ApiError) -> Response:
    response = jsonify(envelope(error))
    response.status_code = error.status
    response.headers.extend(error.headers)
    return response


def _respond_http_error(error: HTTPException) -> Response:
    data, status, headers = describe_http_error(error)
    response = jsonify(data)
    response.status_code = status
    response.headers.update(headers)
    return response


def describe_http_error(error: HTTPException) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Return envelope, status and headers for an error of Flask or Werkzeug, such as 405."""
    status = error.code or 500
    code = error.name.lower().replace(" ", "_")
    data = {"errors": [errors.describe(status, code, error.description or error.name)]}
    headers = {
        name: value
        for name, value in error.get_headers()
        if name.lower() not in ("content-type", "content-length")
    }
    return data, status, headers


def _respond_unexpected(error: Exception) -> Response:
    return _respond_api_error(to_api_error(error))
