"""Runs a node that looks for deleted users only when it is notified."""

import app
from me_api.realtime import token_watch

token_watch.CHECK_SECONDS = 3600
app.main()
