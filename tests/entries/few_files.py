"""Runs app.py with 64 open files allowed."""

import resource

import app

resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
app.main()
