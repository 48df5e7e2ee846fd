"""Markdown: GitHub's features, nothing that runs, nothing that takes too long."""

import re
from resource import RUSAGE_SELF, getrusage
from time import process_time

import pytest

from me_api.markdown.render import MAX_DEPTH, MAX_HTML, render
from me_api.markdown.schemas import MAX_TEXT
from tests.reports.worst import WORST

RENDERS = 3000


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


def test_f81_an_author_cannot_take_the_id_of_something_else() -> None:
    html = render('<h2 id="app">x</h2>\n\n<p id="user-content-x">y</p>\n\n<a id="login">z</a>')
    assert "id=" not in html


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
def test_f95_an_alert(kind: str) -> None:
    """F95: `[!NOTE]` was shown as it was written."""
    html = render(f"> [!{kind.upper()}]\n> hej")
    assert f'<div class="markdown-alert markdown-alert-{kind}">' in html
    assert f'<p class="markdown-alert-title">{kind.title()}</p>\n<p>hej</p>' in html


def test_f95_details_may_be_open() -> None:
    assert render("<details open><summary>s</summary>t</details>").startswith('<details open="">')


@pytest.mark.parametrize("info", ["python", "python,linenos", "python linenos", "python, x"])
def test_f95_a_fence_has_a_language(info: str) -> None:
    assert '<code class="language-python">' in render(f"```{info}\nx\n```")


@pytest.mark.parametrize(
    "text",
    [
        *("<input type=text>", "<INPUT checked>", "<input>", '<input type="checkbox">'),
        '<input disabled="" type="checkbox">',
    ],
)
def test_f95_only_a_task_list_has_check_boxes(text: str) -> None:
    """F95: every input became one."""
    assert "<input" not in render(f"a {text} *b* {text * 70}") and "<em>b</em>" in render(
        text + "*b*"
    )


def test_a_task_list_shows_completed_tasks() -> None:
    done, open_ = re.findall("<input ([^>]*)>", render("- [x] a\n- [ ] b"))
    assert set(done.split()) == {'checked=""', 'type="checkbox"', 'disabled=""'}
    assert set(open_.split()) == {'type="checkbox"', 'disabled=""'}


def test_links_have_nofollow_and_noopener() -> None:
    link = '<a href="https://x.se" rel="nofollow noopener noreferrer">x</a>'
    assert render("[x](https://x.se)") == f"<p>{link}</p>\n"
    assert render("<a href='https://x.se' rel='me'>x</a>") == f"<p>{link}</p>\n"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<b onclick=alert(1)>x</b>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "[x](data:text/html;base64,PHN2Zy9vbmxvYWQ9YWxlcnQoMSk+)",
        "![x](javascript:alert(1))",
        "<iframe src=//x.se></iframe>",
        "<object data=x></object><embed src=x>",
        "<style>*{display:none}</style>",
        "<form action=//x.se><button>x</button></form>",
        "<svg><script>alert(1)</script></svg>",
        "<math><mtext></p><script>alert(1)</script>",
        "<a href='x' style='position:fixed'>x</a>",
        "<td style='position:fixed'>x</td>",
        "<base href=//x.se>",
        "<meta http-equiv=refresh content='0;//x.se'>",
        "<!--><img src=x onerror=alert(1)>-->",
        "<input type=image src=//x.se onfocus=alert(1) autofocus>",
    ],
)
def test_active_content_is_removed(text: str) -> None:
    html = render(text).lower()
    bad = "<script|<iframe|<object|<embed|<style|<form|<svg|<math|<base|<meta|on[a-z]+=|position"
    assert not re.search(bad + '|javascript|href="data|type="image', html)


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("https://x.se/i.png", True),
        ("HTTPS://x.se/i.png", True),
        ("http://x.se/i.png", False),
        ("//x.se/i.png", False),
        ("https:x.se/i.png", False),
        ("/i.png", False),
        ("i.png", False),
        ("data:image/gif;base64,R0lGODlhAQABAAAAACw=", False),
        ("ftp://x.se/i.png", False),
        ("", False),
    ],
)
def test_an_image_is_loaded_from_https_only_and_without_a_referrer(source: str, kept: bool) -> None:
    """F50: an image showed a foreign host which clients read the report."""
    html = render(f'<img alt="i" src="{source}" srcset="{source} 2x" onload="x" style="x">')
    (attributes,) = re.findall("<img ([^>]*)>", html)
    found = set(attributes.split())
    assert (f'src="{source}"' in found) == kept
    assert found - {f'src="{source}"'} == {
        'alt="i"',
        'referrerpolicy="no-referrer"',
        'loading="lazy"',
    }


def test_an_author_cannot_change_how_an_image_is_loaded() -> None:
    html = render('<img src="https://x.se/i" referrerpolicy="unsafe-url" loading="eager">')
    assert html.count("referrerpolicy") == html.count("loading") == 1
    assert 'referrerpolicy="no-referrer"' in html and 'loading="lazy"' in html


@pytest.mark.parametrize(
    "text",
    [
        '<blockquote cite="{}">x</blockquote>',
        '<q cite="{}">x</q>',
        '<ins cite="{}">x</ins>',
        '<del cite="{}">x</del>',
        '<table background="{}"><tr background="{}"><td background="{}">x</table>',
        '<video src="{}" poster="{}"></video><audio src="{}"></audio>',
        '<picture><source srcset="{}"></picture>',
        '<svg><image href="{}"/><use xlink:href="{}"/></svg>',
        '<a ping="{}" target="_top">x</a><area href="{}" shape="default">',
        '<input src="{}" formaction="{}"><link rel="stylesheet" href="{}">',
        '<td style="background:url({});text-align:left">x</td>',
        '<p longdesc="{}" data-src="{}" lowsrc="{}" dynsrc="{}">x</p>',
    ],
)
def test_nothing_else_names_an_address(text: str) -> None:
    """F50: `cite` kept addresses of any scheme."""
    for address in ("javascript:alert(1)", "https://x.se/i.png"):
        html = render(text.replace("{}", address))
        assert address not in html and "target" not in html, html


def test_the_only_classes_are_those_of_languages_alerts_and_footnotes() -> None:
    text = '<code class="btn">x</code> <code class="btn language-x">x</code> <p class="btn">x</p>'
    text += '<div class="markdown-alert btn">x</div> <section class="footnotes btn">x</section>'
    assert "class" not in render(text)


def test_a_text_that_nests_too_deep_is_shown_unrendered() -> None:
    most = "> " * MAX_DEPTH + "<b>"
    assert render(most).count("<blockquote>") == MAX_DEPTH
    assert render("> " + most) == f"<pre>{'&gt; ' * (MAX_DEPTH + 1)}&lt;b&gt;</pre>\n"


def test_a_text_that_grows_too_large_is_shown_unrendered() -> None:
    table = "|" + "a|" * 5000 + "\n|" + "-|" * 5000 + "\n" + "a\n" * 200
    assert render(table) == f"<pre>{table}</pre>\n"
    assert len(render("a\n\n" * 10_000)) < MAX_HTML


@pytest.mark.parametrize(
    "text",
    ["-" * 5000, "*" * 5000, "a\n" + "=" * 5000, "+" * 100, "1.5.2 a", ">>> x", "- a\n" * 99],
)
def test_a_text_that_only_looks_nested_is_rendered(text: str) -> None:
    assert "<pre>" not in render(text)


@pytest.mark.parametrize(
    "piece",
    [
        ">",
        "> ",
        "- ",
        "* * * ",
        "1. ",
        "> - ",
        "\r" + ">" * 40,
        "[",
        "![",
        "[a](b",
        "*a _b ",
        "**x [a*b ",
        "~~a ",
        "`",
        "<",
        "&",
        "|",
        "<div>",
        "<blockquote>",
        "<ul><li>",
        "<table><tr><td>",
        "<a><b>",
        "<!--",
        "<![CDATA[",
        "\\",
        "\t",
        "    ",
        "a\n",
        "q\n\n> a\n\n",
        *("www.", "www.a(", "http://a)", "a@", "x@a.b ", "-_.@", "http://a.b/((("),
        *("[^1]", "[^a]: x\n\n", "[^1]: [^1]\n", "[^1]\n\n[^1]: a\n\n"),
        *("# a\n", "> [!NOTE]\n", "---\na: b\n", "<input>", "<p id=fn-1>"),
    ],
)
def test_the_longest_text_is_rendered_quickly_whatever_it_is(piece: str) -> None:
    # Processor time: a busy machine makes no text slow.
    start = process_time()
    render((piece * MAX_TEXT)[:MAX_TEXT])
    assert process_time() - start < 1.5


@pytest.mark.parametrize("name", WORST)
def test_the_worst_texts_are_bounded_in_time_and_size(name: str) -> None:
    """F26: 50 kB took 13 seconds, and made 100 MB of HTML and 3.7 GB of elements."""
    text = WORST[name]
    assert MAX_TEXT * 0.9 < len(text) <= MAX_TEXT
    start = process_time()
    html = render(text)
    assert process_time() - start < 1.5
    assert len(html) <= MAX_HTML


@pytest.mark.parametrize(
    "text",
    [
        "<details><summary>s</summary>\n\n*t*\n\n</details>\n\n" * 500,
        "<ul><li>a<li>b</ul>" * 500 + "<p>c" * 500,
        "<dl><dt>a<dd>b</dl>" * 500,
        '<b>a</b> <font color="red">b</font> <i>c <b>d</b></i>\n\n' * 500,
        "`vector<int>` and `map<string, int>`\n\n" * 500,
        "```c++\nvector<int> a; <b id=1>\n```\n" * 500,
        "***a* b** *a **b** c*\n\n" * 1000,
        "<br>" * 1000 + '<img src="https://x.se/i.png">' * 100,
    ],
    ids=range(8),
)
def test_what_is_closed_may_be_repeated(text: str) -> None:
    """F26: the bounds are for elements that are left open."""
    assert not render(text).startswith("<pre>&lt;") and len(text) < MAX_TEXT
    assert "<pre>" not in render(text) or "```" in text


def test_rendering_frees_its_memory() -> None:
    text = "# Hej\n\n| a |\n|---|\n| 1 |\n\n" + "text *em* [x](y)\n\n" * 50
    most = []
    for _ in range(2):
        for _ in range(RENDERS):
            render(text)
        most.append(getrusage(RUSAGE_SELF).ru_maxrss)
    # A renderer that leaks its tree grows by eighty kilobytes each time.
    assert most[1] - most[0] < RENDERS
