"""Routes of the API documentation: OpenAPI, AsyncAPI, and a page that shows them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from flask import Blueprint, Response, current_app, request
from flask_swagger_ui import get_swaggerui_blueprint

from me_api.apidocs import asyncapi, openapi
from me_api.me.service import NAME
from me_api.rest.endpoint import endpoint, make_conditional
from me_api.rest.security import content_security_policy

blueprint = Blueprint("description", __name__)

# Unless validatorUrl is null, the page sends its visitors' browsers to a validator on the internet.
PAGE = get_swaggerui_blueprint(
    "/docs",
    "/openapi.json",
    config={
        "app_name": NAME,
        "validatorUrl": None,
        # By default it has the host of the request, and the policy allows only a known script.
        "oauth2RedirectUrl": "/docs/oauth2-redirect.html",
    },
    blueprint_name="page",
)
blueprint.register_blueprint(PAGE)
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_STYLE = ".logo_small_svg__cls-2{fill:#fff}.logo_small_svg__cls-3{fill:#85ea2d}"
"""What Swagger UI adds to the page, for its logo."""


@blueprint.after_request
def allow_swagger_ui(response: Response) -> Response:
    """Add to the policy of the page the script by which Swagger UI starts, and its style."""
    if response.mimetype == "text/html" and not response.direct_passthrough:
        script = _SCRIPT.search(response.get_data(as_text=True))
        policy = content_security_policy(request.host, script and script[1], _STYLE)
        response.headers["Content-Security-Policy"] = policy
    return response


@blueprint.get("/openapi.json")
@endpoint(responses={200: dict[str, Any], 304: None})
def show_openapi() -> Any:
    """Return the description of the routes, as OpenAPI 3.1."""
    return _cached("openapi", lambda: openapi.describe(current_app))


@blueprint.get("/asyncapi.json")
@endpoint(responses={200: dict[str, Any], 304: None})
def show_asyncapi() -> Any:
    """Return the description of the events and native WebSockets, as AsyncAPI 3.0."""
    return _cached("asyncapi", lambda: asyncapi.describe(current_app))


@blueprint.get("/docs")
@endpoint(responses={200: Annotated[str, "text/html"]})
def show_docs() -> Any:
    """Show the routes in the browser, and try them."""
    return current_app.view_functions["description.page.show"]()


def _cached(name: str, build: Callable[[], dict[str, Any]]) -> Any:
    """Respond with a document, which is built at the first request for it."""
    documents: dict[str, bytes] = current_app.extensions.setdefault("description", {})
    if name not in documents:
        documents[name] = current_app.json.dumps(build()).encode()
    return make_conditional(Response(documents[name], mimetype="application/json"))
