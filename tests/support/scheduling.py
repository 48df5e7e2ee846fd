"""Which worker of pytest runs which tests: those of a file are together, and of some folders."""

from xdist.scheduler import LoadFileScheduling

TOGETHER = ("tests/clients", "tests/stock")
"""Folders whose tests share what takes seconds of a processor to start."""


class Scheduling(LoadFileScheduling):
    """Sends all tests of these folders, and of each other file, to one worker, in their order."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        folder = file.rpartition("/")[0]
        return folder if folder in TOGETHER else file
