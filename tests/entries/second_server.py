"""Runs the server without its lock, beside another one on the same database.

So a test has another process that writes, and is asked, by all interfaces.
"""

import app
from me_api.storage import preparation

preparation.lock = lambda path: None
app.main()
