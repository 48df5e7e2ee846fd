"""Runs app.py with 64 open files allowed, which it may raise by itself."""

import resource

import app

resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
app.main()
