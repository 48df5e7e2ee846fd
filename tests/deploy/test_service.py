"""deploy/me-api.service, checked without being started; what the proxies tell the server."""

import re
import subprocess
import sys
from pathlib import Path

from deploy import programs
from tests.support.server import ROOT

UNIT = ROOT / "deploy" / "me-api.service"
CADDYFILE = ROOT / "deploy" / "Caddyfile"


def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    # By links: in a unit the paths of this folder, which may hold spaces, would have to be quoted.
    python, folder = tmp_path / "python", tmp_path / "me-api"
    python.symlink_to(sys.executable)
    folder.symlink_to(ROOT)
    text = UNIT.read_text().replace("/srv/me-api/.venv/bin/python", str(python))
    unit = tmp_path / UNIT.name
    unit.write_text(text.replace("/srv/me-api", str(folder)).replace("=me-api\n", "=root\n"))
    done = subprocess.run(
        [programs.systemd_analyze(), "verify", unit], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_is_locked_in() -> None:
    command = [programs.systemd_analyze(), "security", "--offline=yes", "--threshold=20", UNIT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_unit_may_do_what_the_server_does() -> None:
    """The server raises its limit of open files, and writes to its folder."""
    text = UNIT.read_text()
    assert "LimitNOFILE=" in text and "@resources" not in text
    assert "ReadWritePaths=/srv/me-api/instance\n" in text
    assert (ROOT / "app.py").exists() and "python app.py\n" in text


def test_both_proxies_send_the_same_server_what_it_has_to_know() -> None:
    nginx = (ROOT / "deploy" / "nginx-tls.conf").read_text()
    caddy = CADDYFILE.read_text()
    for text in (nginx, caddy):
        assert "127.0.0.1:1337" in text and "/metrics" in text and "X-Request-ID" in text
    # Caddy sets these by itself.
    assert set(re.findall(r"X-Forwarded-\w+", nginx)) == {
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
    }
