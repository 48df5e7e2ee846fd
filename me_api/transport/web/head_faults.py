"""What is wrong with the head of a request that the grammar does not allow."""

from __future__ import annotations

import re

from me_api.errors import ApiError, BadRequest, UriTooLong, VersionNotSupported

MAX_REQUEST_LINE = 8192
"""Bytes."""

TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
# Not only the characters of a URI: browsers send some others unescaped, and curl sends UTF-8.
TARGET = rb"[\x21\x22\x24-\x7e\x80-\xff]++"
NO_TEXT = "It has control characters, or lines that do not end with CR LF."
_REQUEST_LINE = re.compile(rb"(%s) (%s) HTTP/(\d)\.(\d)" % (TOKEN, TARGET))
_CONTROL = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""A line feed or carriage return on its own, or another control character."""


def check_beginning(data: bytes) -> None:
    """Raise `ApiError` if the beginning of a head cannot become a valid one any more."""
    line, separator, _ = data.partition(b"\r\n")
    _check_length(line)
    if _CONTROL.search(data):
        raise _malformed(NO_TEXT)
    if separator:
        _check_request_line(line)


def find_fault(data: bytes) -> ApiError:
    """Return why a complete head does not match the grammar."""
    line, *fields, _, _ = data.split(b"\r\n")
    try:
        _check_length(line)
        _check_request_line(line)
    except ApiError as error:
        return error
    for field in fields:
        if field[:1] in (b" ", b"\t"):
            return _malformed("A field that is continued on a second line is not accepted.")
        if re.match(TOKEN + b":", field) is None:
            return _malformed("A line of it is not a name, a colon and a value.")
    return _malformed(NO_TEXT)


def _check_length(line: bytes) -> None:
    if len(line) > MAX_REQUEST_LINE:
        raise UriTooLong(f"The request line is longer than {MAX_REQUEST_LINE} bytes.")


def _check_request_line(line: bytes) -> None:
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise BadRequest("The request line is not METHOD /path HTTP/1.1.")
    if match[3] != b"1" or match[4] not in b"01":
        raise VersionNotSupported("This server speaks HTTP/1.1 and HTTP/1.0.")


def _malformed(detail: str) -> BadRequest:
    return BadRequest(f"The head of the request is malformed. {detail}", code="bad_framing")
