"""What `/metrics` says of a node: its lease, its doorbell, its tail, and its commits."""

from concurrent.futures import ThreadPoolExecutor

from prometheus_client.parser import text_string_to_metric_families

from tests.chat.clients import Room, secret
from tests.cluster.conftest import Nodes, at
from tests.support.server import LiveServer
from tests.support.wait import wait_until

Two = tuple[LiveServer, LiveServer]


def metric(server: LiveServer, name: str) -> float:
    """Return the value of a metric."""
    text = server.get("/metrics").body.decode()
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    return next(sample.value for sample in samples if sample.name == name)


def test_lease_doorbell_and_tail(two: Two, room: Room) -> None:
    a, b = two
    wait_until(lambda: metric(b, "me_api_doorbell_up") == 1, what="the doorbell")
    assert 0 < metric(b, "me_api_lease_seconds") <= 6
    room.say("hej", nick="doe")
    wait_until(lambda: metric(b, "me_api_tail_lag") == 0, what="all being published")
    assert metric(a, "me_api_in_doubt_total") == 0


def test_a_node_that_does_not_publish_lags(nodes: Nodes, two: Two) -> None:
    lagging = nodes.start("lagging", entry="lagging")
    # It serves before it listens.
    wait_until(lambda: metric(lagging, "me_api_doorbell_up") == 1, what="the doorbell")
    for number in range(3):
        Room(two[0], "lobby").say(str(number), nick="doe")
    wait_until(lambda: metric(lagging, "me_api_tail_lag") >= 3, what="the lag")
    lagging.stop()


def test_batches_that_are_decided_again_are_counted(two: Two, room: Room) -> None:
    def again() -> float:
        return sum(metric(server, "me_api_commit_again_total") for server in two)

    rooms = [room, at(two[1], room)]
    before, guest = again(), secret()

    def edit(number: int) -> None:
        text = f"{number}"
        rooms[number % 2].server.patch(f"{room.url}/messages/1", {"text": text}, guest=guest)

    assert room.post("hej", "doe", guest=guest).status == 201

    def contend() -> bool:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(edit, range(40)))
        return again() > before

    wait_until(contend, what="two nodes editing one message at once")


def test_a_lost_connection_is_counted(two: Two, room: Room) -> None:
    a, _ = two
    assert a.query(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE application_name = 'me-api writer' AND datname = current_database()"
    )[0][0]
    before = metric(a, "me_api_in_doubt_total")
    # The loss is found by the first statement, which reads: nothing is in doubt.
    wait_until(lambda: room.post("hej", "doe").status == 201, what="the database")
    assert metric(a, "me_api_in_doubt_total") == before
