"""Runs a node that learns what others commit, and never publishes anything."""

import app
from me_api.eventlog.publisher import Publisher

Publisher._catch_up = lambda _self, _head: None
Publisher._publish = lambda _self, _entries, _upto: None
app.main()
