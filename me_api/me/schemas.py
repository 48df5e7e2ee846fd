"""The presentation: what its owner sends, and what everybody receives."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from me_api.markdown.schemas import Markdown
from me_api.validation import Input
from me_api.validation.messages import otherwise
from me_api.validation.texts import Line, Title

MAX_LINKS = 20
MAX_ADDRESS = 2000
# No white space, no control characters, and none that HTML gives a meaning.
_REST = r'[^\s\u0000-\u001f\u007f-\u009f"<>]'
_WEB = rf"(?:https?://|mailto:){_REST}+"
_LINE = re.compile(rf"(?:(.*\S)\s+)?({_WEB})")
# Each line is one link, or blank.
_LINES = rf"^(?:(?:[^\n]*\s)?{_WEB}\s*(?:\n\s*|$)|\s*)*$"

Address = Annotated[
    str,
    Field(max_length=MAX_ADDRESS, pattern=f"^{_WEB}$"),
    otherwise("must be an address that begins with https://, http:// or mailto:"),
]
Picture = Annotated[
    str,
    Field(max_length=MAX_ADDRESS, pattern=f"^(?:https://{_REST}+)?$"),
    otherwise("must be an address that begins with https://"),
]


class Link(Input):
    """A link of the presentation."""

    title: Title
    url: Address = Field(description="Of the web, or mailto:")


def read_lines(value: Any) -> Any:
    """Return links as objects of a text with one on each line: `GitHub https://github.com/mos`.

    A link without a title has its address, without the scheme, as a title. Raises `ValueError` for
    a line that has no address; returns what is no text as it is.
    """
    if not isinstance(value, str):
        return value
    links = []
    for line in filter(None, map(str.strip, value.splitlines())):
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"is not a title and an address (https://…): {line[:80]!r}")
        title, url = match.groups()
        links.append({"title": title or re.sub(r"^\w+:/*", "", url)[:200], "url": url})
    return links


LinkLines = Annotated[
    str,
    Field(
        description="One on each line: a title and an address",
        json_schema_extra={"pattern": _LINES},
    ),
]
Links = Annotated[
    list[Link],
    Field(max_length=MAX_LINKS),
    BeforeValidator(read_lines, json_schema_input_type=list[Link] | LinkLines),
]


class PresentationEdit(Input):
    """What is to be changed of the presentation; what is not sent stays as it is.

    Null or an empty text removes a headline, a text, the links or the picture.
    """

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    name: Title | None = Field(default=None, description="At first, that of the site's owner")
    headline: Line | None = None
    text: Markdown | None = None
    links: Links | None = Field(
        default=None, description="A list; in a form, one on each line: `GitHub https://…`"
    )
    picture: Picture | None = Field(default=None, description="The https address of a picture")

    @model_validator(mode="after")
    def _has_fields(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("Nothing is to be changed: send at least one field.")
        return self

    @property
    def fields(self) -> dict[str, Any]:
        """What is to be stored, of the fields that were sent."""
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        if sent.get("name", "") is None:
            del sent["name"]
        for name in sent.keys() & {"headline", "picture"}:
            sent[name] = sent[name] or None
        if "text" in sent:
            sent["text"] = sent["text"] or ""
        if "links" in sent:
            sent["links"] = [link.model_dump() for link in sent["links"] or []]
        return sent


class SentLink(BaseModel):
    """A link of the presentation."""

    title: str
    url: str


class Presentation(BaseModel):
    """Who the site is about, as the owner has written it."""

    name: str
    headline: str | None
    text: str
    html: str = Field(description="The text rendered and sanitised: show it as it is")
    links: list[SentLink]
    picture: str | None
    updated: str
    rev: int


class Me(BaseModel):
    """A description of this API, links to its parts, and who the site is about."""

    name: str
    description: str
    author: str | None
    links: dict[str, str]
    me: Presentation | None = Field(description="Null until the owner has written it")


class MeDescription(BaseModel):
    """The front page; read changes after `data.me.rev` to stay up to date, or after 0."""

    data: Me
    epoch: str


class PresentationChanges(BaseModel):
    """The presentation, if it changed after the position."""

    data: list[Presentation]
    rev: int
    epoch: str
    more: bool
