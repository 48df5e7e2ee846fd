"""Render Markdown (with GitHub's tables and task lists) to sanitised HTML."""

from __future__ import annotations

import re
from html import escape

import nh3
import pyromark

MAX_DEPTH = 32
"""The most nested quotes and lists that one line opens; time grows with the square of it."""
MAX_HTML = 1_000_000
"""The most characters of HTML; a table of empty cells is a hundred times as long as its text."""

_GITHUB = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
)
_LANGUAGE = re.compile(r"language-[\w+#.-]{1,40}")
_TOO_DEEP = re.compile(
    rf"(?:^|\r)(?:[ \t]*(?:>|[-+*][ \t]|\d{{1,9}}[.)][ \t])){{{MAX_DEPTH + 1}}}", re.MULTILINE
)
_ALLOWED = {**nh3.ALLOWED_ATTRIBUTES, "code": {"class"}, "input": {"checked"}}
_ALLOWED |= {cell: _ALLOWED[cell] | {"style"} for cell in ("td", "th")}


def render(text: str) -> str:
    """Return safe HTML; a text that would take too long, or get too large, is shown unrendered."""
    if _TOO_DEEP.search(text):
        return _unrendered(text)
    html = pyromark.html(text, options=_GITHUB)
    return _unrendered(text) if len(html) > MAX_HTML else _clean(html)


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=nh3.ALLOWED_TAGS | {"input"},
        attributes=_ALLOWED,
        attribute_filter=_filter_attribute,
        filter_style_properties={"text-align"},
        link_rel="nofollow noopener noreferrer",
        set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
    )


def _filter_attribute(_tag: str, attribute: str, value: str) -> str | None:
    # The only class is a code block's language, for pages that highlight it.
    return value if attribute != "class" or _LANGUAGE.fullmatch(value) else None


def _unrendered(text: str) -> str:
    return f"<pre>{escape(text, quote=False)}</pre>\n"
