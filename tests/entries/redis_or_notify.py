"""Runs the server so that it finds what other nodes commit through Redis or by NOTIFY alone."""

import app
from me_api.chat.presence import nodes
from me_api.cluster import redis_bus
from me_api.eventlog import poll

poll.POLL_SECONDS = 3600
# Also before it passes on what a node has sent, the log is read.
nodes.STATE_SECONDS = 3600
redis_bus.HEARTBEAT_SECONDS = 0.2
app.main()
