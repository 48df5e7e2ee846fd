"""The date of a response that is sent many times."""

import pytest

from me_api.transport.web import dates, encoded_response
from me_api.transport.web.encoded_response import EncodedResponse


def test_the_date_is_that_of_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    response = EncodedResponse(b"Date: ", b"\r\n\r\nbody", False)
    for second in (0, 0, 0, 59, 59, 60):
        now = 1_700_000_000.5 + second
        monkeypatch.setattr(encoded_response, "time", lambda now=now: now)
        monkeypatch.setattr(dates.time, "time", lambda now=now: now)
        minute, rest = divmod(20 + second, 60)
        clock = b"22:%02d:%02d" % (13 + minute, rest)
        assert response.dated() == b"Date: Tue, 14 Nov 2023 " + clock + b" GMT\r\n\r\nbody"
