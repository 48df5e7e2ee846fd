"""F56, F90: what is found of what is written, in every script, in both normal forms, and signs."""

import unicodedata

import pytest
from flask import Flask

from tests.chat.search_client import Chat, app, chat, fill
from tests.support.fixtures import anybody, make_person, template

__all__ = ["anybody", "app", "chat", "make_person", "template"]

WRITTEN = {
    # F56: what is written without spaces.
    "日本語のテスト 東京タワー": [
        "東京",
        "東",
        "京タ",
        "タワー",
        "日本語",
        "日本語のテスト",
        "ト",
        "東京 テスト",
    ],
    "重跑gen-itgc后": ["gen", "重跑", "跑", "后", "itgc", "gen-itgc", "重跑gen-itgc后"],
    "สวัสดีครับ ผมชื่อสมชาย": ["สวัสดี", "ครับ", "ชื่อ", "ส", "สมชาย"],
    "ສະບາຍດີ": ["ສະບາຍ", "ດີ"],
    "សួស្តី\u200bពិភពលោក": ["សួស្តី", "ពិភពលោក", "លោក"],
    "မင်္ဂလာပါ": ["မင်္ဂလာ", "ပါ"],
    "हिन्दी में लिखा": ["हिन्दी", "में"],
    "நன்றி வணக்கம்": ["நன்றி", "வணக்கம்"],
    "مُحَمَّد كتب هذا": ["محمد", "مُحَمَّد", "كتب"],
    "שָׁלוֹם עולם": ["שלום", "שָׁלוֹם"],
    "Ελληνικά ΚΌΣΜΟΣ": ["ελληνικα", "κόσμος", "κοσμοσ"],
    "ёлка и йод": ["елка", "ЁЛКА", "йод"],
    # F90: both normal forms, emoji and signs.
    "한글을 쓰다": ["한글", "한", "\u1112\u1161\u11ab\u1100\u1173\u11af"],
    "\u1112\u1161\u11ab\u1100\u1173\u11af": ["한글", "글"],
    "が か\u3099 ｶﾞ": ["が", "か\u3099", "ガ", "ｶﾞ"],
    "ＦＵＬＬ 5㎏ ㈱東芝": ["full", "5kg", "5㎏", "東芝", "㈱東芝", "(株)東芝"],
    "Vi firar 🎉🎉 nu": ["🎉", "🎉🎉", "firar 🎉", '"firar nu"'],
    "bra👍🏽": ["👍", "👍🏽", "bra", "bra👍"],
    "jag ❤\ufe0f dig": ["❤", "❤\ufe0f", '"jag ❤ dig"'],
    "jag \u2764 dig": ["❤", "❤\ufe0f"],
    "\U0001f468\u200d\U0001f469\u200d\U0001f467": ["\U0001f469", "\U0001f468\u200d\U0001f469"],
    "🇸🇪 hurra": ["🇸🇪"],
    "kostar 5 € → 50% rabatt": ["€", "→", "5 €", "€5", "50%", "%"],
    "hej:) då :-( ¯\\_(ツ)_/¯": [":)", ":-(", "¯\\_(ツ)_/¯", "ツ", "hej", "hej:)"],
    "C++, inte C": ["c++", "c", "C++!", '"c++ inte"', "(c++)"],
    "jag kan c#": ["c#", "c", "#", "kan"],
    "asp.net och .net": [".net", "net", "asp.net"],
    "kör --help /join -v": ["--help", "/join", "-v", "help", "join"],
    "a ≠ b = c": ["≠", "=", "=\u0338"],
    "fråga @mos om #kmom03 a->b": ["@mos", "#kmom03", "mos", "->", "a->b", ">"],
    "it's “quoted” ‘so’": ["it’s", '"it\'s"', "quoted", "“"],
    "© Sara™ Ⓐ ½ x²": ["©", "sara", "™", "½", "x²", "x2", "ⓐ"],
}


@pytest.mark.parametrize("indexed", [False, True])
def test_f56_f90_what_is_written_is_found(chat: Chat, app: Flask, indexed: bool) -> None:
    """F56, F90: in every script, in both normal forms, and signs."""
    for text in WRITTEN:
        chat.say(text)
    if indexed:
        fill(app)
    for text, queries in WRITTEN.items():
        for q in {form(query) for query in queries for form in (str, nfc, nfd)}:
            assert text in chat.found(q), q


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


NOT_WRITTEN = {
    "c++": ["c#", "c", "c + +", "c, i++"],
    "c#": ["c++", "# c"],
    ".net": ["net", "net.", "net .se"],
    "東京": ["東 京", "京東", "東x京"],
    "が": ["か"],
    "🎉": ["👍"],
    ":)": [": )", ":("],
    "@mos": ["mos", "mos@x"],
    "한글": ["글한"],
    "50%": ["50", "5%"],
    "≠": ["="],
}


@pytest.mark.parametrize("indexed", [False, True])
def test_f90_what_is_not_written_is_not_found(chat: Chat, app: Flask, indexed: bool) -> None:
    """F90: a search for `c++` found messages with `c#`."""
    for text in {text for texts in NOT_WRITTEN.values() for text in texts}:
        chat.say(text)
    if indexed:
        fill(app)
    for q, texts in NOT_WRITTEN.items():
        assert not set(texts) & set(chat.found(q)), q
