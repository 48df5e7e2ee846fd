"""Clients that take steps on one server, and what each of them has received and been returned."""

from dataclasses import dataclass, field
from typing import Any

from tests.stock.random_steps import Step
from tests.support.node import NodeClient, NodeClients, NodeError


@dataclass
class Player:
    """One client, and what its calls have returned."""

    client: NodeClient
    namespace: str
    returned: list[Any] = field(default_factory=list)
    connected: bool = True

    def sid(self) -> str:
        return str(self.client.state()["id"])


class Game:
    """Runs the steps on one server."""

    def __init__(self, node: NodeClients, url: str, transports: tuple[str, ...]) -> None:
        self._node = node
        self._url = url
        # One for all: the stock library fails to send bytes to clients of both transports.
        self._transports = transports
        namespaces = ["/", "/", "/", "/other"]
        self.players = [self._connect(namespace) for namespace in namespaces]
        self.gone: list[Player] = []

    def run(self, made: list[Step]) -> list[tuple[str, list[Any], list[Any]]]:
        """Run all steps; return what each client has received, and what its calls returned."""
        self._sids = {player.sid(): number for number, player in enumerate(self.players)}
        for kind, player, *rest in made:
            getattr(self, f"_{kind}")(self.players[player], *rest)
            self._settle()
        return [self._result(player) for player in [*self.players, *self.gone]]

    def _connect(self, namespace: str) -> Player:
        options = {"transports": self._transports, "reconnection": False}
        return Player(self._node.connect(self._url, namespace, {"nick": "å"}, **options), namespace)

    def _call(self, player: Player, event: str, *args: Any) -> None:
        if player.namespace != "/" and event not in ("emit", "fail"):
            return
        sids = [other.sid() for other in self.players]
        fill = event in ("emit", "server emit", "send", "server send", "close", "call another")
        given = [*args[:-1], _filled(args[-1], sids)] if fill and args else list(args)
        if event == "close":
            given = [_filled(args[0], sids), *args[1:]]
        if event == "call another":
            # A client of another namespace does not answer.
            given.append(10 if self.players[args[0]].namespace == "/" else 0.01)
        try:
            player.returned.append(player.client.call(event, *given))
        except NodeError as error:
            player.returned.append(str(error))

    def _acknowledge(self, player: Player, *args: Any) -> None:
        if player.namespace == "/":
            since = player.client.mark()
            player.client.emit("emit with callback", *args)
            player.client.wait_for("acknowledged", since=since)

    def _disconnect(self, player: Player, other: int) -> None:
        if player.namespace == "/":
            target = self.players[other]
            since = target.client.mark()
            player.client.emit("disconnect me", target.sid())
            if target.namespace == "/":
                target.client.wait_for("disconnect", since=since)
                self._replace(target)

    def _leave(self, player: Player) -> None:
        player.client.disconnect()
        self._replace(player)

    def _replace(self, player: Player) -> None:
        """Connect another client in the place of one that is disconnected."""
        player.connected = False
        self.gone.append(player)
        number = self.players.index(player)
        # The server may still run the handler of the disconnect: a later client waits for nothing.
        self.players[number] = self._connect(player.namespace)
        self._sids[self.players[number].sid()] = number + 10 * len(self.gone)

    def _settle(self) -> None:
        """Wait until each client has received what was sent so far."""
        for player in self.players:
            player.client.call("anywhere" if player.namespace != "/" else "echo", "settled")

    def _result(self, player: Player) -> tuple[str, list[Any], list[Any]]:
        events = [event for event in player.client.events if event.name != "connect"]
        return player.namespace, self._named(events), self._named(player.returned)

    def _named(self, item: Any) -> Any:
        """Replace sids by the numbers of the clients."""
        if isinstance(item, str):
            return f"client {self._sids[item]}" if item in self._sids else item
        if isinstance(item, list | tuple):
            named = [self._named(part) for part in item]
            # Rooms are sorted, and a sid is anywhere among them.
            rooms = all(isinstance(part, str) for part in item) and self._sids.keys() & set(item)
            return sorted(named) if rooms else named
        if isinstance(item, dict):
            return {key: self._named(part) for key, part in item.items()}
        return item


def _filled(item: Any, sids: list[str]) -> Any:
    """Replace the numbers of clients by their sids, where sids are expected."""
    if isinstance(item, dict):
        places = ("to", "room", "skip_sid")
        return {key: _filled(v, sids) if key in places else v for key, v in item.items()}
    if isinstance(item, list):
        return [_filled(part, sids) for part in item]
    return sids[item] if isinstance(item, int) and not isinstance(item, bool) else item
