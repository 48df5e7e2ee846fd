"""Markdown to HTML that can be shown as it is: GitHub's tables, task lists, no scripts."""

from __future__ import annotations

import re
from html import escape

import nh3
import pyromark

MAX_DEPTH = 32
"""Quotes and lists within each other that one line opens; time grows with the square of it."""
MAX_HTML = 1_000_000
"""Characters of HTML; a table of empty cells can grow to a hundred times its text."""

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
    """Turn Markdown into safe HTML; what would explode is shown as it was written."""
    if _TOO_DEEP.search(text):
        return _as_written(text)
    html = pyromark.html(text, options=_GITHUB)
    return _as_written(text) if len(html) > MAX_HTML else _clean(html)


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=nh3.ALLOWED_TAGS | {"input"},
        attributes=_ALLOWED,
        attribute_filter=_keep,
        filter_style_properties={"text-align"},
        link_rel="nofollow noopener noreferrer",
        set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
    )


def _keep(_tag: str, attribute: str, value: str) -> str | None:
    """Keep the one class there is: a code block's language, for a page that highlights it."""
    return value if attribute != "class" or _LANGUAGE.fullmatch(value) else None


def _as_written(text: str) -> str:
    return f"<pre>{escape(text, quote=False)}</pre>\n"
