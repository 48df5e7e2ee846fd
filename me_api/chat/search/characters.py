"""Of which kind each character is, and what it is folded to."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache
from itertools import pairwise

# A table instead of `unicodedata`, whose version is Python's: the words of an index must not depend
# on the Python that wrote them. Punctuation (P) and symbols (S) of Unicode 14.0. A character that
# was not assigned by then is of the kind of the one before it.
_SIGNS = """
21-2F 3A-40 5B-60 7B-7E A1-A9 AB-AC AE-B1 B4 B6-B8 BB BF D7 F7 2C2-2C5 2D2-2DF 2E5-2EB 2ED
2EF-2FF 375 37E 384-385 387 3F6 482 55A-55F 589-58F 5BE 5C0 5C3 5C6 5F3-5F4 606-60F 61B
61D-61F 66A-66D 6D4 6DE 6E9 6FD-6FE 700-70D 7F6-7F9 7FE-7FF 830-83E 85E 888 964-965 970
9F2-9F3 9FA-9FB 9FD A76 AF0-AF1 B70 BF3-BFA C77 C7F C84 D4F D79 DF4 E3F E4F E5A-E5B F01-F17
F1A-F1F F34 F36 F38 F3A-F3D F85 FBE-FC5 FC7-FDA 104A-104F 109E-109F 10FB 1360-1368 1390-1399
1400 166D-166E 169B-169C 16EB-16ED 1735-1736 17D4-17D6 17D8-17DB 1800-180A 1940-1945
19DE-19FF 1A1E-1A1F 1AA0-1AA6 1AA8-1AAD 1B5A-1B6A 1B74-1B7E 1BFC-1BFF 1C3B-1C3F 1C7E-1C7F
1CC0-1CC7 1CD3 1FBD 1FBF-1FC1 1FCD-1FCF 1FDD-1FDF 1FED-1FEF 1FFD-1FFE 2010-2027 2030-205E
207A-207E 208A-208E 20A0-20C0 2100-2101 2103-2106 2108-2109 2114 2116-2118 211E-2123 2125
2127 2129 212E 213A-213B 2140-2144 214A-214D 214F 218A-244A 249C-24E9 2500-2775 2794-2BFF
2CE5-2CEA 2CF9-2CFC 2CFE-2CFF 2D70 2E00-2E2E 2E30-2FFB 3001-3004 3008-3020 3030 3036-3037
303D-303F 309B-309C 30A0 30FB 3190-3191 3196-319F 31C0-31E3 3200-321E 322A-3247 3250
3260-327F 328A-32B0 32C0-33FF 4DC0-4DFF A490-A4C6 A4FE-A4FF A60D-A60F A673 A67E A6F2-A716
A720-A721 A789-A78A A828-A82B A836-A839 A874-A877 A8CE-A8CF A8F8-A8FA A8FC A92E-A92F A95F
A9C1-A9CD A9DE-A9DF AA5C-AA5F AA77-AA79 AADE-AADF AAF0-AAF1 AB5B AB6A-AB6B ABEB FB29
FBB2-FBC2 FD3E-FD4F FDCF FDFC-FDFF FE10-FE19 FE30-FE6B FF01-FF0F FF1A-FF20 FF3B-FF40
FF5B-FF65 FFE0-FFEE FFFC-FFFD 10100-10102 10137-1013F 10179-10189 1018C-101FC 1039F 103D0
1056F 10857 10877-10878 1091F 1093F 10A50-10A58 10A7F 10AC8 10AF0-10AF6 10B39-10B3F
10B99-10B9C 10EAD 10F55-10F59 10F86-10F89 11047-1104D 110BB-110BC 110BE-110C1 11140-11143
11174-11175 111C5-111C8 111CD 111DB 111DD-111DF 11238-1123D 112A9 1144B-1144F 1145A-1145D
114C6 115C1-115D7 11641-11643 11660-1166C 116B9 1173C-1173F 1183B 11944-11946 119E2
11A3F-11A46 11A9A-11A9C 11A9E-11AA2 11C41-11C45 11C70-11C71 11EF7-11EF8 11FD5-11FFF
12470-12474 12FF1-12FF2 16A6E-16A6F 16AF5 16B37-16B3F 16B44-16B45 16E97-16E9A 16FE2 1BC9C
1BC9F 1CF50-1D164 1D16A-1D16C 1D183-1D184 1D18C-1D1A9 1D1AE-1D241 1D245 1D300-1D356 1D6C1
1D6DB 1D6FB 1D715 1D735 1D74F 1D76F 1D789 1D7A9 1D7C3 1D800-1D9FF 1DA37-1DA3A 1DA6D-1DA74
1DA76-1DA83 1DA85-1DA8B 1E14F 1E2FF 1E95E-1E95F 1ECAC 1ECB0 1ED2E 1EEF0-1F0F5 1F10D-1FBCA
"""
# Scripts that are written without spaces between words, with their marks and digits; and Hangul,
# where what follows a noun is written together with it.
_TOGETHER = """
E01-E3A E40-E4E E50-E59 E81-EDF 1000-1049 1050-109D 1100-11FF 1780-17D3 17D7 17DC-17F9 1950-19DD
1A20-1A9F 1AA7 1B00-1B59 1B80-1BBF 3005-3007 3021-3029 302E-302F 3031-3035 3038-303C 3041-309A
309D-309F 30A1-30FA 30FC-318F 31A0-31BF 31F0-31FF 3400-4DBF 4E00-A48F A960-A97C A980-A9C0
A9CF-A9D9 A9E0-A9FE AA00-AA59 AA60-AA76 AA7A-AADD AC00-D7FB F900-FAFF 11700-11739 11740-11746
12000-12399 12400-1246E 12480-12543 13000-1342E 14400-14646 16FE0-16FE1 16FE3-18D08 1AFF0-1B2FB
20000-3FFFF
"""
# Accents, the points of Hebrew, Arabic and Syriac, and what does not show (Default_Ignorable).
_DROPPED = """
AD 300-36F 483-489 591-5BD 5BF 5C1-5C2 5C4-5C5 5C7 610-61A 61C 640 64B-65F 670 6D6-6DC 6DF-6E4
6E7-6E8 6EA-6ED 711 730-74A 898-89F 8CA-8E1 8E3-8FF 115F-1160 17B4-17B5 180B-180F 1AB0-1ACE
1DC0-1DFF 200B-200F 202A-202E 2060-206F 20D0-20F0 3164 FB1E FE00-FE0F FE20-FE2F FEFF FFA0
FFF0-FFFB 1BCA0-1BCA3 1D165-1D169 1D16D-1D182 1D185-1D18B 1D1AA-1D1AD E0000-E0FFF
"""
_SPACES = "0-20 7F-A0 1680 2000-200A 2028-2029 202F 205F 3000"
_LETTERS_IN_SYMBOLS = "2E80-2FDF 3200-33FF"
"""Radicals, and what is in a square or a circle: read as the letters it stands for, as in ㎏."""

Ranges = list[tuple[int, int]]


def _read(written: str) -> Ranges:
    ends = [each.partition("-") for each in written.split()]
    return [(int(first, 16), int(last or first, 16)) for first, _, last in ends]


def _others(ranges: Ranges) -> Ranges:
    """Return the ranges of the characters that are in none of these."""
    ordered = sorted([(-1, -1), *ranges, (sys.maxunicode + 1, 0)])
    gaps = [(before[1] + 1, after[0] - 1) for before, after in pairwise(ordered)]
    return [(first, last) for first, last in gaps if first <= last]


def _in_brackets(ranges: Ranges) -> str:
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


def _run_of(ranges: Ranges) -> str:
    """Return the regular expression of one or more of these characters."""
    # In one set, each range would be compared with every character that is not in it.
    low = _in_brackets([each for each in ranges if each[0] <= _LOW])
    high = _in_brackets([each for each in ranges if each[1] > _LOW])
    return f"(?:[{low}]+|(?![\\0-\\uffff])[{high}]+)+" if high else f"[{low}]+"


_LOW = 0xFFFF
_SIGN_RANGES, _SPACE_RANGES, _TOGETHER_RANGES = map(_read, (_SIGNS, _SPACES, _TOGETHER))
SIGNS, SPACES, TOGETHER = map(_run_of, (_SIGN_RANGES, _SPACE_RANGES, _TOGETHER_RANGES))
LETTERS = _run_of(_others(_SIGN_RANGES + _SPACE_RANGES + _TOGETHER_RANGES))
"""Regular expressions of characters of each kind; there are no others."""
_is_dropped = re.compile(_run_of(_read(_DROPPED))).match
_is_sign = re.compile(SIGNS).match
_stands_for_letters = re.compile(_run_of(_read(_LETTERS_IN_SYMBOLS))).match


class _Folds(dict[int, str]):
    """What each character is folded to; filled with those that occur."""

    def __missing__(self, point: int) -> str:
        folded = self[point] = _fold_character(chr(point))
        return folded


_FOLDS = _Folds()


def fold(text: str) -> str:
    """Return a text without case, accents, and what else makes no difference; in NFC."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).translate(_FOLDS))


def _fold_character(character: str) -> str:
    if _is_dropped(character):
        return ""
    if _is_sign(character):
        return _fold_sign(character)
    decomposed = unicodedata.normalize("NFKD", character).casefold()
    return "".join(
        each for each in unicodedata.normalize("NFKD", decomposed) if not _is_dropped(each)
    )


def _fold_sign(character: str) -> str:
    # The letters in ™ or Ⓐ would become part of the word before them.
    is_symbol = unicodedata.category(character) == "So" and not _stands_for_letters(character)
    wide = unicodedata.normalize("NFKC", character)
    # Some accents that stand alone are decomposed to a space and a mark.
    return (character if is_symbol or any(map(str.isspace, wide)) else wide).casefold()


@lru_cache(maxsize=4096)
def continues(character: str) -> bool:
    """Return whether a character can be folded together with the one before it."""
    first = unicodedata.normalize("NFKD", character)[:1]
    return (
        unicodedata.category(first)[0] == "M"
        or "\u1160" <= first <= "\u11ff"
        or "\ud7b0" <= first <= "\ud7fb"
        or bool(_is_dropped(character))
    )
