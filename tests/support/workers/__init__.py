"""`pytest -n 3` runs the tests in three processes, forked when all tests have been collected.

Those of pytest-xdist import and collect everything by themselves, which takes each of them ten
seconds of processor time.
"""
