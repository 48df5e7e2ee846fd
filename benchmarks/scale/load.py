"""How busy the parts are at a rate of posts: arithmetic, without time."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.scale.costs import Site


@dataclass(frozen=True)
class Load:
    """The use of each part, as a share of what it may use; the largest limits the site."""

    shares: dict[str, float]
    deliveries: float
    """Of all nodes together, a second."""
    connections: float
    node_core: float
    """Seconds of its core that a node needs in a second."""

    @property
    def limit(self) -> str:
        """Return the part that is used most."""
        return max(self.shares, key=lambda part: self.shares[part])


def together(site: Site, posts: float) -> float:
    """Return how many messages of a room leave in one send, on average."""
    rooms = max(1.0, posts * site.seconds_between_posts / site.room)
    return max(1.0, posts / rooms * site.costs.read_interval)


def delivery_core(site: Site, posts: float) -> float:
    """Return what the deliveries of a second cost all nodes together."""
    cost = site.costs
    return posts * site.room * (cost.send / together(site, posts) + cost.deliver)


def receiving_core(site: Site, posts: float, nodes: int) -> float:
    """Return what it costs a node in a second to read what the others have committed."""
    foreign = posts * (nodes - 1) / nodes
    reads = min(foreign, 1 / site.costs.read_interval)
    core = reads * site.costs.read + foreign * site.costs.receive
    return core * (site.costs.redis_share if site.redis else 1)


def load(site: Site, posts: float, nodes: int) -> Load:
    """Return the load of a site with so many posts a second on so many nodes."""
    cost, limits = site.costs, site.limits
    connections = posts * site.seconds_between_posts
    here = connections / nodes
    core = (
        posts / nodes * cost.post
        + delivery_core(site, posts) / nodes
        + receiving_core(site, posts, nodes)
        + here / cost.ping_interval * cost.ping
    )
    busy = cost.fsync + cost.standby + cost.batch
    # In the largest batches: the log is at its limit when these do not suffice.
    log = posts / cost.largest_batch * busy + posts * cost.stored
    return Load(
        shares={
            "node's core": core / limits.core,
            "log": log / limits.core,
            "connections of a node": here / limits.connections,
            "ports of nginx": here / (limits.ports * limits.addresses),
        },
        deliveries=posts * site.room,
        connections=connections,
        node_core=core,
    )


def capacity(site: Site, nodes: int) -> float:
    """Return the most posts a second at which no part is over its share."""
    low, high = 0.0, 1e6
    for _ in range(60):
        middle = (low + high) / 2
        fits = max(load(site, middle, nodes).shares.values()) <= 1
        low, high = (middle, high) if fits else (low, middle)
    return low
