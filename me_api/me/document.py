"""The presentation as a text to edit: a field on each line, a blank line, and the Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from me_api.errors import Invalid

HELP = """\
# Who you are. Lines that begin with # are left out, down to the first blank line.
# A link is a title and an address, such as: GitHub https://github.com/me
# The picture is an address that begins with https://
# The text below the blank line is Markdown, as in reports.
"""
FIELDS = ("name", "headline", "picture", "link")


def to_document(presentation: Mapping[str, Any]) -> str:
    """Return the text to edit of a presentation."""
    links = [f"{link['title']} {link['url']}" for link in presentation["links"]]
    lines = [
        *(f"{field}: {presentation[field] or ''}".rstrip() for field in FIELDS[:-1]),
        *(f"link: {link}" for link in links or [""]),
    ]
    return HELP + "\n".join(line.rstrip() for line in lines) + f"\n\n{presentation['text']}\n"


def from_document(document: str) -> dict[str, Any]:
    """Return all fields of the presentation, as clients send them; raise `Invalid`."""
    head, _, text = document.replace("\r\n", "\n").lstrip("\n").partition("\n\n")
    values: dict[str, Any] = {"headline": "", "picture": ""}
    links = []
    for line in head.splitlines():
        if line.startswith("#"):
            continue
        field, colon, value = line.partition(":")
        if not colon or field.strip() not in FIELDS:
            raise Invalid([(None, f"A line before the text is no field: {line!r}.")])
        if field.strip() == "link":
            links.append(value.strip())
        else:
            values[field.strip()] = value.strip()
    return {**values, "links": "\n".join(links), "text": text.strip("\n")}
