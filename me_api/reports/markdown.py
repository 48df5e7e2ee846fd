"""Render Markdown (with GitHub's tables and task lists) to sanitised HTML."""

from __future__ import annotations

import re
from collections import Counter
from html import escape

import nh3
import pyromark

MAX_DEPTH = 32
"""The most nested quotes and lists that one line opens; time grows with the square of it."""
MAX_OPEN = 64
"""The most HTML elements that are open at a time; time grows with the square of it, too."""
MAX_REOPENED = 200_000
"""The most formatting elements that are opened again in later paragraphs."""
MAX_RAW = 200_000
"""The most characters of HTML that are searched for tags; of more, the text is searched instead."""
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
# A paragraph does not close these, but each that follows opens them again (HTML standard, section
# 13.2.4.3): a text of 50 kB made 100 MB.
_FORMATTING = frozenset(re.findall(r"\w+", "b big code em font i nobr s small strike strong tt u"))
# These hold no others for long: they are empty, or closed by the next of their kind.
_SHORT = frozenset(re.findall(r"\w+", "a br dd del dt hr img input li p tbody td th thead tr"))
# A regular expression holds the GIL as long as it searches: this one finds nothing twice.
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/><]*)")
_CLOSED = re.compile(rf'<({"|".join(_FORMATTING)})(?: [a-z-]+="[^"<>]*")*>[^<]*</\1>')
# A browser does not show the address in `cite`, and the sanitiser does not check its scheme.
_ALLOWED = {tag: names - {"cite"} for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}
_ALLOWED |= {"code": {"class"}, "input": {"checked"}}
_ALLOWED |= {cell: _ALLOWED[cell] | {"style"} for cell in ("td", "th")}
_SET = {
    "input": {"type": "checkbox", "disabled": ""},
    # To load an image discloses the reader to its host: at least not from where, nor unread.
    "img": {"referrerpolicy": "no-referrer", "loading": "lazy"},
}


def render(text: str) -> str:
    """Return safe HTML; a text that would take too long, or get too large, is shown unrendered."""
    if _TOO_DEEP.search(text):
        return _unrendered(text)
    html = pyromark.html(text, options=_GITHUB)
    if len(html) > MAX_HTML or _is_costly(text, html):
        return _unrendered(text)
    clean = _CLEANER.clean(html)
    return _unrendered(text) if len(clean) > MAX_HTML else clean


def _is_costly(text: str, html: str) -> bool:
    """Return whether sanitising would take long, because the text leaves elements open."""
    # Markdown closes what it opens, so the text is an upper bound. In HTML, code is escaped.
    if len(html) > MAX_RAW:
        return _leaves_open(text, html)
    rest = _CLOSED.sub("", _CLOSED.sub("", html))
    return _leaves_open(rest, rest)


def _leaves_open(source: str, html: str) -> bool:
    tags = [(end, name.lower()) for end, name in _TAG.findall(source)]
    formatting = sum(not end and name in _FORMATTING for end, name in tags)
    # Each tag may open again all that are open.
    return formatting * html.count("<") > MAX_REOPENED or _nests_too_deep(tags)


def _nests_too_deep(tags: list[tuple[str, str]]) -> bool:
    still_open: Counter[str] = Counter()
    depth = 0
    for end, name in tags:
        if name in _FORMATTING or name in _SHORT:
            continue
        # An end tag without a start tag closes nothing.
        step = -min(1, still_open[name]) if end else 1
        still_open[name] += step
        depth += step
        if depth > MAX_OPEN:
            return True
    return False


def _filter_attribute(tag: str, attribute: str, value: str) -> str | None:
    """Return the value of an attribute; None removes the attribute."""
    if (tag, attribute) == ("img", "src"):
        return value if value.lower().startswith("https://") else None
    # The only class is a code block's language, for pages that highlight it.
    return value if attribute != "class" or _LANGUAGE.fullmatch(value) else None


def _unrendered(text: str) -> str:
    return f"<pre>{escape(text, quote=False)}</pre>\n"


# Made once: to read the options takes ten times as long as to sanitise a short text.
_CLEANER = nh3.Cleaner(
    tags=nh3.ALLOWED_TAGS | {"input"},
    attributes=_ALLOWED,
    attribute_filter=_filter_attribute,
    filter_style_properties={"text-align"},
    link_rel="nofollow noopener noreferrer",
    set_tag_attribute_values=_SET,
)
