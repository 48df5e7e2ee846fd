"""Run app.py with the page of a test's own folder."""

import os
import sys
from pathlib import Path

import app
from me_api.me import page

page.Page.__init__.__defaults__ = (Path(os.environ["PAGE_FOLDER"]),)
sys.exit(app.main())
