"""Runs the flask command, with its own arguments."""

import sys

from flask.cli import main

sys.argv = ["flask", "--app", "wsgi", *sys.argv[1:]]
main()
