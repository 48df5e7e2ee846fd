"""Runs the flask command with the arguments in `FLASK_ARGUMENTS`, a JSON array."""

import json
import os
import sys

from flask.cli import main

sys.argv = ["flask", "--app", "wsgi", *json.loads(os.environ["FLASK_ARGUMENTS"])]
main()
