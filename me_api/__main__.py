"""`python -m me_api`: runs `app.py`, in this process and with the same arguments."""

from __future__ import annotations

import os
import sys
from pathlib import Path

SERVER = Path(__file__).parents[1] / "app.py"

# Not imported: it patches the standard library before any other import, and importing this package
# has imported much of it.
sys.stdout.flush()
os.execv(sys.executable, [sys.executable, str(SERVER), *sys.argv[1:]])
