"""How often an address connects to namespaces of Socket.IO (F21)."""

import pytest

from tests.conftest import MakeServer
from tests.limits.senders import forwarded, refusals
from tests.support.frames import Cut
from tests.support.wire import Refused, WireClient

ADDRESS, SAME, OTHER = "2001:db8::1", "2001:db8::ffff:7", "192.0.2.1"


def test_an_address_connects_no_more_than_its_rate(make_limited: MakeServer) -> None:
    """CONNECT, for which a session is stored, a token checked, or what was missed is sent."""
    server = make_limited(rates="connect=0.01/3")
    clients = [
        WireClient(server.host, server.port, headers=forwarded(address))
        for address in (ADDRESS, ADDRESS, SAME, OTHER)
    ]
    first, second, third, other = clients
    for client, namespace in ((first, "/chat"), (first, "/reports"), (second, "/")):
        client.connect(namespace, {})
    for client, namespace in ((third, "/chat"), (second, "/reports"), (third, "/")):
        with pytest.raises(Refused) as refused:
            client.connect(namespace, {"token": "x"})
        assert refused.value.data["data"]["code"] == "rate_limited"
        assert refused.value.data["data"]["retry_after"] >= 1
    other.connect("/chat", {})
    assert refusals(server)["connect"] == 3
    # A stock client takes a refusal for final, so one that comes back is cut off, and tries again.
    third.start_connect("/chat", {"pid": "x", "offset": "0"})
    with pytest.raises(Cut):
        third.wait_ack(0)
    for client in clients:
        client.abort()
