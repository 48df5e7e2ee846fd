"""Markdown with what GitHub adds to it."""

import re

import pytest

from me_api.markdown.render import render


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("# Hej åäö", '<h1 id="user-content-hej-åäö">Hej åäö</h1>\n'),
        ("*a* **b** ~~c~~ `d`", "<em>a</em> <strong>b</strong> <del>c</del> <code>d</code>"),
        ("a & b < c", "<p>a &amp; b &lt; c</p>\n"),
        ("| a |\n|--:|\n| 1 |", '<td align="right">1</td>'),
        ("```text\nx = 1\n```", '<pre><code class="language-text">x = 1\n</code></pre>'),
        ("```c++\nx\n```", '<code class="language-c++">'),
        ("> citat", "<blockquote>\n<p>citat</p>\n</blockquote>\n"),
        ("![i](https://x.se/i.png)", '<img src="https://x.se/i.png" alt="i" '),
        ("<details><summary>s</summary>t</details>", "<details><summary>s</summary>t</details>"),
    ],
)
def test_markdown_is_rendered(text: str, html: str) -> None:
    assert html in render(text) if html else render(text) == ""


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("see https://x.se/a_b).", '<a href="https://x.se/a_b" REL>https://x.se/a_b</a>).'),
        ("www.x.se, hej", '<a href="http://www.x.se" REL>www.x.se</a>, hej'),
        ("mos@x.se", '<a href="mailto:mos@x.se" REL>mos@x.se</a>'),
        ("`https://x.se`", "<code>https://x.se</code>"),
        ("[a https://x.se](https://y.se)", '<a href="https://y.se" REL>a https://x.se</a>'),
    ],
)
def test_f54_a_bare_address_is_a_link(text: str, html: str) -> None:
    """F54: the address stayed text, which nobody can click."""
    assert html.replace("REL", 'rel="nofollow noopener noreferrer"') in render(text)


def test_f55_a_footnote_is_at_the_end_and_leads_back() -> None:
    """F55: it was a link to the relative address `note`."""
    html = render("Text[^1] again[^1]\n\n[^1]: note\n\nmore")
    assert '<sup><a href="#fn-1" id="fnref-1" rel=' in html
    assert '<section class="footnotes">\n<ol>\n<li id="fn-1">\n<p>note <a href="#fnref-1" ' in html
    assert html.index("more") < html.index("<section")
    assert "[^x]" in render("no such[^x]")


def test_f81_headings_have_unique_ids() -> None:
    """F81: a place in a report could not be linked."""
    html = render("# Hej\n\n## Hej\n\n### *Hej* `på` dig!\n\nSetext\n===\n")
    assert re.findall(r"<h\d ([^>]*)>", html) == [
        'id="user-content-hej"',
        'id="user-content-hej-1"',
        'id="user-content-hej-på-dig"',
        'id="user-content-setext"',
    ]
    assert "<a" not in html


def test_f92_a_byte_order_mark_is_dropped() -> None:
    """F92: the first block was not seen."""
    assert render("\ufeff# Hej") == render("# Hej")
    assert render("\ufeff---\na: b\n---\n# Hej") == render("# Hej")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("---\ntitle: V\n---\n\n# Hej", '<h1 id="user-content-hej">Hej</h1>\n'),
        ("---\ntitle: V\ntags:\n  - a\n\nx: y\n---\nHej", "<p>Hej</p>\n"),
        ("---\ntitle: V\n\nHej", "<hr>\n<p>title: V</p>\n<p>Hej</p>\n"),
        ("---\n\nHej\n\n---\n", "<hr>\n<p>Hej</p>\n<hr>\n"),
        ("---\nHej\n---\n", '<hr>\n<h2 id="user-content-hej">Hej</h2>\n'),
        ("Hej\n\n---\na: b\n---\n", '<p>Hej</p>\n<hr>\n<h2 id="user-content-a-b">a: b</h2>\n'),
    ],
)
def test_f93_front_matter_is_not_shown(text: str, html: str) -> None:
    """F93: it was a line and a heading."""
    assert render(text) == html


@pytest.mark.parametrize("kind", ["note", "tip", "important", "warning", "caution"])
def test_f95_an_alert_is_rendered(kind: str) -> None:
    """F95: `[!NOTE]` was shown as it was written."""
    html = render(f"> [!{kind.upper()}]\n> hej")
    assert f'<div class="markdown-alert markdown-alert-{kind}">' in html
    assert f'<p class="markdown-alert-title">{kind.title()}</p>\n<p>hej</p>' in html


def test_f95_details_may_be_open() -> None:
    assert render("<details open><summary>s</summary>t</details>").startswith('<details open="">')


@pytest.mark.parametrize("info", ["python", "python,linenos", "python linenos", "python, x"])
def test_f95_a_fence_has_a_language(info: str) -> None:
    assert '<code class="language-python">' in render(f"```{info}\nx\n```")


def test_a_task_list_shows_completed_tasks() -> None:
    done, open_ = re.findall("<input ([^>]*)>", render("- [x] a\n- [ ] b"))
    assert set(done.split()) == {'checked=""', 'type="checkbox"', 'disabled=""'}
    assert set(open_.split()) == {'type="checkbox"', 'disabled=""'}
