"""What a line of the access log shows of a request, in each format: no credentials."""

import re

from tests.conftest import MakeServer
from tests.operations.access_lines import ID, line_for, lines
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.transport.web.raw import exchange, statuses

MESSAGES = "/chat/rooms/lobby/messages"
GUEST = "guest-secret-of-more-than-22-characters"
COMBINED = re.compile(
    r'(?P<address>\S+) (?P<ident>\S+) (?P<user>\S+) \[(?P<time>[^\]]+)\] "(?P<request>[^"]*)"'
    r' (?P<status>\d{3}) (?P<bytes>\d+|-) "(?P<referer>[^"]*)" "(?P<agent>[^"]*)"'
    r" (?P<seconds>\d+\.\d{6}) (?P<id>\S+)"
)


def test_what_browsers_send_in_utf_8_can_be_read(behind_proxies: LiveServer) -> None:
    reply = behind_proxies.get("/healthz", headers={"User-Agent": "åäö".encode().decode("latin-1")})
    assert line_for(behind_proxies, reply)["user_agent"] == "åäö"


def test_a_registered_user_is_named_wherever_it_is_known(
    behind_proxies: LiveServer, token: str
) -> None:
    for method, path, body in [
        ("GET", MESSAGES, None),
        ("GET", MESSAGES, None),
        ("POST", MESSAGES, {"text": "hej", "nick": "doe"}),
        ("GET", "/chat/rooms/lobby/export", None),
    ]:
        reply = behind_proxies.request(method, path, json=body, token=token)
        assert reply.status < 300
        assert line_for(behind_proxies, reply)["user"] == "doe", path
    assert line_for(behind_proxies, behind_proxies.get(MESSAGES))["user"] == ""


def test_no_credential_is_logged(behind_proxies: LiveServer, token: str) -> None:
    secrets = ["hemligt-losenord", GUEST, token, "pid-of-a-session", "reset-link-0815"]
    query = f"token={token}&guest={GUEST}&pid={secrets[3]}&reset={secrets[4]}&{token}&sid={GUEST}"
    login = {"email": "doe@example.com", "password": secrets[0]}
    headers = {
        "Referer": f"https://doe:{secrets[0]}@x.se/page?reset={secrets[4]}#{token}",
        "Cookie": token,
    }
    replies = [
        behind_proxies.post("/login", login, headers=headers),
        behind_proxies.get(f"/chat/rooms?{query}", headers=headers),
        behind_proxies.get(f"/ws/chat?{query}", headers=headers, token=token, guest=GUEST),
        behind_proxies.get(f"http://doe:{secrets[0]}@x.se/readyz?{query}", headers=headers),
        behind_proxies.get(f"/healthz?%74oken={token}", headers=headers),
    ]
    found = [line_for(behind_proxies, reply) for reply in replies]
    assert {line["referer"] for line in found} == {"https://x.se/page"}
    assert found[1]["target"].startswith("/chat/rooms?token=***&guest=***&pid=***&***&***&sid=***")
    malformed = f"GET /x?token={token} {GUEST} HTTP/1.1\r\n\r\n".encode()
    assert statuses(exchange(behind_proxies, malformed)) == [400]
    wait_until(lambda: any(line.get("status") == 400 for line in lines(behind_proxies)))
    assert not [secret for secret in secrets if secret in behind_proxies.log]


def test_the_common_format_is_read_by_what_reads_the_combined_one(
    make_server: MakeServer,
) -> None:
    server = make_server(access_log="common")
    evil = 'x" 200 0 "-" "\\\xff'
    reply = server.get('/healthz?limit="', headers={"User-Agent": evil, "Referer": 'a"b'})
    wait_until(lambda: reply.headers[ID] in server.log)
    (line,) = [line for line in server.log.splitlines() if reply.headers[ID] in line]
    found = COMBINED.fullmatch(line)
    assert found, line
    assert found["status"] == "200" and found["bytes"] == str(len(reply.body))
    assert found["request"] == "GET /healthz?limit=%22 HTTP/1.1"
    assert "\\x22 200 0 \\x22-\\x22 \\x22\\x5c" in found["agent"] and "\\xff" in found["agent"]


def test_with_json_everything_on_standard_error_is_json(behind_proxies: LiveServer) -> None:
    found = [line for line in lines(behind_proxies) if line["kind"] == "log"]
    assert found[0]["text"].startswith("serving on 127.0.0.1, port ")
    assert (found[0]["level"], found[0]["logger"]) == ("info", "me_api.run")
    others = [line for line in behind_proxies.log.splitlines() if not line.startswith("{")]
    assert all(re.match(r"me-api is at|  \w|$", line) for line in others), "not only the banner"
