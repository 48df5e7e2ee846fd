"""Runs the server with a program that waits for SMTP servers longer than any test takes."""

from pathlib import Path

import app
from me_api.mail import mailer

mailer.PROGRAM = Path(__file__).parents[1] / "users" / "patient_send.py"
app.main()
