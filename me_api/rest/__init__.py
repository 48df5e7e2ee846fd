"""The REST door: how routes are declared and requests are read."""
