"""Markdown: nothing in it runs, is loaded unseen, or looks like a part of the page."""

import re

import pytest

from me_api.markdown.render import render


def test_f81_an_author_cannot_take_the_id_of_something_else() -> None:
    html = render('<h2 id="app">x</h2>\n\n<p id="user-content-x">y</p>\n\n<a id="login">z</a>')
    assert "id=" not in html


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
