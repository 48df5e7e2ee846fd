"""The front door."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify

from me_api.me import service
from me_api.me.schemas import Me
from me_api.rest import endpoint
from me_api.schema import Data

blueprint = Blueprint("me", __name__)


@blueprint.get("/")
@endpoint(answers={200: Data[Me]})
def show_me() -> Any:
    """Tell who this is, and where everything is."""
    response = jsonify({"data": service.describe()})
    response.vary.add("Accept")
    return response
