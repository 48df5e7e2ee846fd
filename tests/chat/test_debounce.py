"""Joins and leaves that are collected: what all clients have in the end is the list of members."""

from hypothesis import given
from hypothesis import strategies as st

from me_api.chat.presence.debounce import PendingChanges

SENDERS = st.sampled_from("ab")
NICKS = st.sampled_from(["anna", "bert", "lisa"])

steps = st.lists(
    st.one_of(
        st.tuples(st.just("be"), SENDERS, NICKS),
        st.tuples(st.just("leave"), SENDERS),
        st.tuples(st.just("read")),
        st.tuples(st.just("publish")),
    ),
    max_size=20,
)


class Room:
    """The members of a room by sender, and what each of its clients has been sent of them."""

    def __init__(self) -> None:
        self.members: dict[str, str] = {}
        self.clients: list[dict[str, str]] = [{}]
        self.pending = PendingChanges()

    def be(self, sender: str, nick: str) -> None:
        """Join under a nick, or change it; nothing happens if another member has it."""
        if nick in self.members.values():
            return
        old, self.members[sender] = self.members.get(sender), nick
        if old is None:
            self.pending.add(sender, "joined", nick)
        elif not self.pending.rename(sender, old, nick):
            self.send("left", sender, old)
            self.send("joined", sender, nick)

    def leave(self, sender: str) -> None:
        if sender in self.members:
            self.pending.add(sender, "left", self.members.pop(sender))

    def read(self) -> None:
        """Send the list to one more client."""
        self.pending.reads += 1
        self.clients.append(self.by_nick)

    def publish(self) -> None:
        """Send what is pending, and begin anew."""
        pending, self.pending = self.pending, PendingChanges()
        for sender, event, nick in pending.last(len(self.clients)):
            self.send(event, sender, nick)

    def send(self, event: str, sender: str, nick: str) -> None:
        for members in self.clients:
            members.pop(nick, None)
            if event == "joined":
                members[nick] = sender

    @property
    def by_nick(self) -> dict[str, str]:
        return {nick: sender for sender, nick in self.members.items()}


@given(steps)
def test_all_clients_have_the_members_in_the_end(script: list[tuple[str, ...]]) -> None:
    room = Room()
    for step, *arguments in script:
        getattr(room, step)(*arguments)
    room.publish()
    assert room.clients == [room.by_nick] * len(room.clients)


def test_what_is_undone_before_anybody_reads_is_not_sent() -> None:
    pending = PendingChanges()
    for event in ("joined", "left"):
        pending.add("a", event, "anna")
    assert pending.last(1) == []


def test_what_is_undone_again_is_sent_if_the_list_was_read_at_first() -> None:
    """As a client does that joins, which is answered with the members, leaves and joins again."""
    pending = PendingChanges()
    pending.add("a", "joined", "anna")
    pending.reads += 1
    for event in ("left", "joined"):
        pending.add("a", event, "anna")
    assert pending.last(1) == [("a", "joined", "anna")]


def test_who_takes_a_nick_that_has_just_been_left_joins_after_it() -> None:
    pending = PendingChanges()
    pending.add("a", "left", "anna")
    pending.add("b", "joined", "anna")
    assert pending.last(1) == [("a", "left", "anna"), ("b", "joined", "anna")]
