"""What nginx and Caddy have in common where they run with the configurations of this folder."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.process import ClusterError


@dataclass(frozen=True, slots=True)
class Tls:
    """A site with TLS: the ports of 127.0.0.1 on which it listens, and its files."""

    port: int
    plain_port: int
    """From there, clients are sent to the other one."""
    certificate: Path
    """What clients have to trust."""
    access_log: Path


def replace(configuration: Path, replacements: Mapping[str, str]) -> str:
    """Return a configuration with each text replaced; raise `ClusterError` if one is not there."""
    text = configuration.read_text()
    for old, new in replacements.items():
        if old not in text:
            raise ClusterError(f"{configuration} does not name {old}")
        text = text.replace(old, new)
    return text


def listens(port: int) -> bool:
    """Return whether a port of 127.0.0.1 accepts connections."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
