"""Render GitHub Flavored Markdown, with its footnotes and alerts, to sanitised HTML."""

from __future__ import annotations

import re
from collections import Counter
from html import escape, unescape

import comrak
import nh3

# The worker process runs neither `me_api` nor `me_api.markdown`, in which these modules are.
from me_api.markdown.highlight import highlight

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
MAX_CELLS = MAX_HTML // len("<td></td>\n")
"""The most cells of a table: more are not even parsed, which would take seconds."""
MAX_SLUG = 180
"""The most characters of a heading's text in its id."""
ID_PREFIX = "user-content-"
"""Of the ids of headings: no report can take the id of an element around it."""

_LANGUAGE = re.compile(r"language-[\w+#.-]{1,40}(?![^,])")
_CLASSES = re.compile(
    "footnotes|markdown-alert-title"
    "|markdown-alert markdown-alert-(?:note|tip|important|warning|caution)"
)
_ID = re.compile(rf"(?:{ID_PREFIX}|fn-|fnref-).{{1,200}}")
_DELIMITERS = re.compile(r"[ \t>|:*+-]*-[ \t>|:*+-]*")
_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\n[\w.-]+[ \t]*:\s")
_HEADING = re.compile(r"<(/?)(h[1-6])>")
_NO_SLUG = re.compile(r"[^\w\- ]")
_ANY_TAG = re.compile(r"<[^<>]*>")
# A check box of a task list, as it is rendered; no other input is one on GitHub.
_OTHER_INPUT = re.compile(r'<input(?! type="checkbox"(?: checked="")? disabled="" />)', re.I)
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
_ALLOWED |= {"code": {"class"}, "input": {"checked"}, "details": {"open"}}
_ALLOWED |= {tag: {"class"} for tag in ("div", "p", "section")}
_ALLOWED |= {
    tag: _ALLOWED.get(tag, set()) | {"id"}
    for tag in ("a", "li", "h1", "h2", "h3", "h4", "h5", "h6")
}
_SET = {
    "input": {"type": "checkbox", "disabled": ""},
    # To load an image discloses the reader to its host: at least not from where, nor unread.
    "img": {"referrerpolicy": "no-referrer", "loading": "lazy"},
}


def render(text: str) -> str:
    """Return safe HTML; a text that would take too long, or get too large, is shown unrendered."""
    if _TOO_DEEP.search(text) or _has_too_many_cells(text):
        return _unrendered(text)
    options = _WITH_FRONT_MATTER if _FRONT_MATTER.match(text) else _GITHUB
    html = _add_ids(comrak.render_markdown(text, options, None, _RAW))
    if len(html) > MAX_HTML or _is_costly(text, html):
        return _unrendered(text)
    # In place of other inputs an element that the sanitiser removes, and that holds no others.
    clean = _CLEANER.clean(_OTHER_INPUT.sub("<source", html))
    if len(clean) > MAX_HTML:
        return _unrendered(text)
    coloured = highlight(clean)
    return clean if len(coloured) > MAX_HTML else coloured


def _add_ids(html: str) -> str:
    """Return HTML in which headings have ids, as GitHub makes them of their texts."""
    # The renderer's own take time that grows with the square of the headings of one text. So would
    # one expression for whole headings, with many that are not closed.
    parts: list[str] = []
    end, opened = 0, None
    taken: set[str] = set()
    numbers: Counter[str] = Counter()
    for tag in _HEADING.finditer(html):
        if not tag[1]:
            opened = tag
        elif opened is not None and opened[2] == tag[2]:
            slug = name = _slug(html[opened.end() : tag.start()])
            while name in taken:
                numbers[slug] += 1
                name = f"{slug}-{numbers[slug]}"
            taken.add(name)
            parts += [html[end : opened.start()], f'<{tag[2]} id="{ID_PREFIX}{name}">']
            end, opened = opened.end(), None
    return "".join([*parts, html[end:]])


def _slug(heading: str) -> str:
    text = unescape(_ANY_TAG.sub("", heading)).lower()
    return _NO_SLUG.sub("", text).replace(" ", "-")[:MAX_SLUG]


def _has_too_many_cells(text: str) -> bool:
    """Return whether a table is longer as HTML than is allowed: each row gets all its cells."""
    rows = 0
    for line in reversed(text.splitlines()):
        rows = rows + 1 if line.strip(" \t>") else 0
        if _DELIMITERS.fullmatch(line) and (line.count("|") + 1) * rows > MAX_CELLS:
            return True
    return False


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
    if attribute == "id":
        return value if _ID.fullmatch(value) else None
    if attribute != "class" or _CLASSES.fullmatch(value):
        return value
    # Of a code block, the language, for pages that highlight it.
    language = _LANGUAGE.match(value) if tag == "code" else None
    return language and language[0]


def _options(front_matter: str | None) -> comrak.ExtensionOptions:
    options = comrak.ExtensionOptions()
    options.alerts = options.autolink = options.footnotes = True
    options.strikethrough = options.table = options.tasklist = True
    options.front_matter_delimiter = front_matter
    return options


def _unrendered(text: str) -> str:
    return f"<pre>{escape(text, quote=False)}</pre>\n"


_GITHUB, _WITH_FRONT_MATTER = _options(None), _options("---")
_RAW = comrak.RenderOptions()
_RAW.unsafe_ = True  # HTML is sanitised afterwards.
# Made once: to read the options takes ten times as long as to sanitise a short text.
_CLEANER = nh3.Cleaner(
    tags=nh3.ALLOWED_TAGS | {"input", "section"},
    attributes=_ALLOWED,
    attribute_filter=_filter_attribute,
    link_rel="nofollow noopener noreferrer",
    set_tag_attribute_values=_SET,
)
