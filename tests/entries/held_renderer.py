"""Runs the server with a renderer that can be held, in its process.

While the file `hold-render` exists in the server's folder, rendering does not begin.
"""

from pathlib import Path

import app
from me_api.markdown import renderer

renderer.PROGRAM = Path(__file__).parents[1] / "reports" / "held_markdown.py"
app.main()
