"""What the screenshots show: one morning, the same in every run."""

import sqlite3
from contextlib import closing

from tests.browser.accounts import make
from tests.support.server import LiveServer

NOW = "2026-11-20T09:47:00+01:00"
SAID = [
    ("ada", 1, "19", "15:02", "Anybody else stuck on kmom04?"),
    (
        "kim",
        0,
        "19",
        "15:03",
        "Same here. My socket reconnects for ever after a restart.",
    ),
    (
        "mos",
        1,
        "19",
        "15:07",
        "Keep the offset, let the client recover: https://socket.io/docs/v4/",
    ),
    ("kim", 0, "19", "15:08", "That was it, thank you!"),
    ("ada", 1, "20", "08:31", "Good morning!"),
    ("kim", 0, "20", "08:33", "*is back after a train tunnel*"),
    ("kim", 0, "20", "08:33", "Everything I missed was here when I came out."),
    ("mos", 1, "20", "08:40", "Your message from inside the tunnel came, too. Once."),
    ("ada", 1, "20", "08:41", "<b>Bold</b> is not bold here, by the way. Text is text."),
    ("kim", 0, "20", "08:45", "New report is up, I’ll read it over lunch."),
    ("mos", 1, "20", "08:46", "Tell me what you think!"),
]
ME = {
    "name": "Mos",
    "headline": "I build things for the web, and write down what I learn.",
    "text": "By day I teach *realtime programming*. Say hello in the chat, or read on.",
    "links": "GitHub https://github.com/mos\nWrite to me mailto:mos@example.com",
}
REPORTS = [
    (1, "Objects, and why I like them", "2026-10-30", "Short and sweet."),
    (2, "A first API in Flask", "2026-11-06", "Routes and JSON."),
    (3, "Tests that can fail", "2026-11-13", "Break it on purpose."),
    (
        4,
        "Realtime without losing anything",
        "2026-11-20",
        """This week I built a chat. The hard part is not sending a message to everybody;
it is what happens to the one who was *in a tunnel* just then.

## One log, one number

Every change gets the next number of one log. A client remembers **one integer**, and asks for
what came after it:

```python
changes = get("/chat/rooms/lobby/changes", since=rev)
```

| Who | was away | missed |
|---|--:|--:|
| phone in a tunnel | 40 s | 0 |
| laptop over night | 9 h | 0 |

> Commit, then tell: nothing is shown to anyone before it is on disk.

- [x] history that survives a restart
- [x] edits and deletions, too
- [ ] sleep
""",
    ),
]


def set_up(server: LiveServer) -> None:
    """Fill an empty server, at times of its own."""
    token = make(server, "mos", owner=True)
    make(server, "ada")
    for week, title, _, text in REPORTS:
        server.post("/reports", {"week": week, "title": title, "text": text}, token=token)
    for nick, _, _, _, text in SAID:
        server.post("/chat/rooms/lobby/messages", {"nick": f"guest {nick}", "text": text})
    server.put("/", ME, token=token)
    server.stop()
    with closing(sqlite3.connect(server.database)) as database, database:
        for week, _, day, _ in REPORTS:
            times = (f"{day}T08:00:00.000Z", f"{day}T08:00:00.000Z", week)
            database.execute("UPDATE reports SET created = ?, updated = ? WHERE week = ?", times)
        for number, (nick, verified, day, time, _) in enumerate(SAID, start=1):
            said = (nick, verified, f"2026-11-{day}T{time}:00.000Z", number)
            database.execute(
                "UPDATE messages SET nick = ?, verified = ?, created = ? WHERE id = ?", said
            )
    server.start()
