"""The faults of one server: each is provoked, held for a while, and ended."""

from tests.faults import network_faults as network
from tests.faults import process_faults as process
from tests.faults import storage_faults as storage
from tests.faults.fault import DISK, NETWORK, PROCESS, Fault

FAULTS = [
    Fault("kill -9", PROCESS, process.killed, (0, 1)),
    Fault("kill -9, and again at the start", PROCESS, process.killed_at_start, (0, 0.2)),
    Fault("SIGTERM", PROCESS, process.terminated, (0, 0.5)),
    Fault("SIGSTOP, SIGCONT", PROCESS, process.stopped, (0.2, 5)),
    Fault("few open files", PROCESS, process.few_files, (0.3, 3)),
    Fault("the clock jumps", PROCESS, process.clock_jumps, (0.5, 2)),
    Fault("a second server", PROCESS, process.second_server, (0, 0), combines=False),
    Fault("disk full", DISK, storage.disk_full, (0.3, 5)),
    Fault("write lock of another process", DISK, storage.locked, (0.2, 8)),
    Fault("database deleted", DISK, storage.deleted, (0.5, 3), combines=False),
    Fault("database replaced by another", DISK, storage.replaced, (0.5, 3), combines=False),
    Fault("-wal deleted", DISK, storage.wal_deleted, (0.5, 3), combines=False),
    Fault("connections reset", NETWORK, network.cut, (0, 0.5)),
    Fault("connections reset after some bytes", NETWORK, network.cut_early, (0.5, 3)),
    Fault("connections refused", NETWORK, network.refused, (0.3, 3)),
    Fault("connections half closed", NETWORK, network.half_closed, (0.1, 1)),
    Fault("network stalls", NETWORK, network.stalled, (0.3, 5)),
    Fault("connections dead", NETWORK, network.dead, (0, 3)),
    Fault("bytes in fragments, then reset", NETWORK, network.fragmented, (0.3, 1)),
]
"""In `make test` the times are shorter."""
