"""What makes the me-page an app that can be installed: its manifest and its icons."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from me_api.me.page import File

MEDIA_TYPE = "application/manifest+json"
FOLDER = Path(__file__).parent / "icons"
ICONS = {path.name: File.read(path, "image/png") for path in FOLDER.glob("*.png")}
PAPER = "#faf8f4"


def describe(front_page: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Web Application Manifest of a front page; the app has the owner's name."""
    me, author = front_page["me"], front_page["author"]
    name = me["name"] if me else author or front_page["name"]
    return {
        "id": "/",
        "name": name,
        "short_name": name,
        "description": (me and me["headline"]) or front_page["description"],
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": PAPER,
        "background_color": PAPER,
        "icons": [
            _icon("192.png", "192x192"),
            _icon("512.png", "512x512"),
            # Its edge may be cut off, in any form.
            _icon("maskable.png", "512x512", "maskable"),
        ],
    }


def _icon(name: str, sizes: str, purpose: str = "any") -> dict[str, str]:
    return {"src": f"/icons/{name}", "sizes": sizes, "type": "image/png", "purpose": purpose}
