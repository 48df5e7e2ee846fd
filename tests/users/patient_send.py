"""Sends e-mail as the server's program does, and waits for an SMTP server for ten minutes.

The worker process of `patient_mailer` loads it.
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "me_api" / "mail" / "send.py"
_spec = spec_from_file_location("send_program", PROGRAM)
assert _spec is not None and _spec.loader is not None
_program = module_from_spec(_spec)
_spec.loader.exec_module(_program)
_program.SECONDS = 600.0
send = _program.send
