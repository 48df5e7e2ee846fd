"""Runs the server so that it looks for deleted users every twentieth of a second."""

import app
from me_api.realtime import token_watch

token_watch.CHECK_SECONDS = 0.05
app.main()
