"""The chat and the API as two servers of one database (`ME_API_SERVE`)."""

from tests.cluster.conftest import Nodes

ACCOUNT = {"email": "kim@example.com", "password": "correct horse"}


def test_an_account_of_the_api_writes_in_the_chat(nodes: Nodes) -> None:
    api, chat = nodes.start("api", serve="api"), nodes.start("chat", serve="chat")
    assert api.post("/register", {**ACCOUNT, "nick": "kim"}).status == 201
    token = api.post("/login", ACCOUNT).json["data"]["token"]
    message = chat.post("/chat/rooms/lobby/messages", {"text": "hej"}, token=token).json["data"]
    assert (message["nick"], message["verified"]) == ("kim", True)
    report = api.post("/reports", {"week": 1, "title": "Hej", "text": "Hej"}, token=token)
    assert report.json["data"]["rev"] == message["rev"] + 1
    rev = {"X-Rev": str(report.json["data"]["rev"])}
    # Both know of what the other has committed, and serve no more than their part.
    assert chat.request("GET", "/chat/rooms", headers=rev).status == 200
    assert chat.get("/reports").status == api.get("/chat/rooms").status == 404
