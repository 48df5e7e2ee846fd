"""Garbage collection, which blocks all clients, skips what was made at startup."""

from pathlib import Path

from tests.conftest import MakeServer
from tests.support.server import ROOT


def test_objects_made_at_startup_are_frozen(make_server: MakeServer, tmp_path: Path) -> None:
    entry = tmp_path / "telling.py"
    entry.write_text(
        "import atexit, gc, runpy\n"
        "tell = lambda: print('spared', gc.get_freeze_count(), 'walked', len(gc.get_objects()))\n"
        "atexit.register(tell)\n"
        f"runpy.run_path({str(ROOT / 'app.py')!r}, run_name='__main__')\n"
    )
    server = make_server(entry=entry)
    server.stop()
    _, spared, _, walked = server.log.splitlines()[-1].split()
    assert int(spared) > 20 * int(walked)
