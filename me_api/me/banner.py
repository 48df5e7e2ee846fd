"""What the server prints when it listens: its address, and what to try."""

from __future__ import annotations

import sys
from pathlib import Path

from flask import Flask

from me_api.auth import lookup
from me_api.extensions import settings
from me_api.me import service

BANNER = """\
me-api is at {url}

  {page}
  who I am         curl {url}/
{introduction}{commands}\
  all of it        {url}/docs
"""
CHAT = """\
  post a message   curl {url}/chat/rooms/lobby/messages -d nick=mos -d text=hej
  read the chat    curl {url}/chat/rooms/lobby/messages
  follow it        curl -N {url}/chat/rooms/lobby/stream
"""
REPORTS = """\
  read the reports curl {url}/reports
"""
INTRODUCE = """\
  say who you are  {flask} me edit
"""
CREATE_OWNER = """\
  or in the page   {flask} users create --owner    and log in there
"""
BUILT = "in a browser     {url}"
NOT_BUILT = "the me-page is not built: make page builds it; the API works without it"
IN_PART = "what is served    ME_API_SERVE={part}, without the me-page"


def show(app: Flask, url: str) -> None:
    """Print the server's address and some commands to try."""
    if settings.serve == "all":
        page = BUILT if app.extensions["page"].is_built else NOT_BUILT
    else:
        page = IN_PART
    text = BANNER.format(
        url=url,
        page=page.format(url=url, part=settings.serve),
        introduction=introduction(),
        commands=(REPORTS if settings.serve == "api" else CHAT).format(url=url),
    )
    print(text, flush=True)


def introduction() -> str:
    """Return how to write the presentation; nothing once that has been done."""
    if service.find() is not None:
        return ""
    has_page = settings.serve == "all" and lookup.owner() is None
    return (INTRODUCE + (CREATE_OWNER if has_page else "")).format(flask=_flask_command())


def _flask_command() -> str:
    """Return the program `flask` of this environment, as it is called in the current folder."""
    path = Path(sys.executable).with_name("flask")
    if not path.is_file():
        return "flask"
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
