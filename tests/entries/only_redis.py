"""Runs the server so that it receives from other nodes through Redis, or very late."""

import app
from me_api.cluster import doorbell, rings, soft_channel
from me_api.eventlog import poll

poll.POLL_SECONDS = 3600
rings.GAP_SECONDS = doorbell.GAP_SECONDS = 60
soft_channel.BOTH_SECONDS = 0
app.main()
