"""Run the server as `receiver` does, but receive no rings: only polls find commits."""

from benchmarks.nodes import receiver
from me_api.cluster import doorbell

if __name__ == "__main__":
    # Its own heartbeats go by a channel of this name, too, so that it takes itself for healthy.
    doorbell.CHANNEL = "nobody_rings"
    receiver.run()
