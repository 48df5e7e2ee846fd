"""Writing lines in a native thread: order, a reader that is slow, one that is gone."""

import os
from collections.abc import Iterator
from threading import Thread

import pytest

from me_api.transport.log_writer import LogWriter
from tests.support.wait import wait_until

LINE = b"x" * 999 + b"\n"
MOST = 100


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def describe(lines: int) -> bytes:
    return b"dropped %d\n" % lines


def read_all(reader: int) -> list[bytes]:
    received = b""
    while data := os.read(reader, 65_536):
        received += data
    return received.splitlines()


def test_lines_are_written_in_their_order_also_when_it_closes(pipe: tuple[int, int]) -> None:
    reader, descriptor = pipe
    writer = LogWriter(describe, descriptor)
    expected = [b"%d" % number for number in range(2000)]
    for line in expected[:1000]:
        writer.put(line + b"\n")
    writer.start()
    for line in expected[1000:1999]:
        writer.put(line + b"\n")
    writer.close()
    writer.put(expected[1999] + b"\n")
    os.close(descriptor)
    assert read_all(reader) == expected and writer.dropped == 0


@pytest.mark.parametrize("blocking", [True, False])
def test_what_a_slow_reader_does_not_take_is_dropped_and_counted(
    pipe: tuple[int, int], blocking: bool
) -> None:
    reader, descriptor = pipe
    os.set_blocking(descriptor, blocking)
    writer = LogWriter(describe, descriptor, MOST)
    writer.start()
    written = 0
    # Until the pipe and the queue are full.
    while writer.dropped < 50:
        writer.put(LINE)
        written += 1
    found: list[bytes] = []
    reading = Thread(target=lambda: found.extend(read_all(reader)))
    reading.start()
    wait_until(
        lambda: any(line.startswith(b"dropped") for line in found) or not writer._lines.qsize()
    )
    writer.close()
    os.close(descriptor)
    reading.join()
    counted = sum(int(line.split()[1]) for line in found if line.startswith(b"dropped"))
    assert counted == writer.dropped
    assert sum(line + b"\n" == LINE for line in found) == written - counted


def test_a_reader_that_is_gone_holds_up_nothing(pipe: tuple[int, int]) -> None:
    reader, descriptor = pipe
    os.close(reader)
    writer = LogWriter(describe, descriptor, MOST)
    writer.start()
    for _ in range(MOST):
        writer.put(LINE)
    wait_until(lambda: writer.dropped == MOST)
    writer.close()
    writer.put(LINE)
    assert writer.dropped == MOST + 1
