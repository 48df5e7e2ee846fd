"""The name of a node that was given none: that of the same server before its restart."""

from __future__ import annotations

import secrets
import socket
import uuid
from hashlib import sha256
from pathlib import Path

LENGTH = 8


def default_name(instance: Path, port: int) -> str:
    """Return a name for the server of a folder and port on this machine.

    It is random for port 0, where each start takes another one.
    """
    # After a crash, what the node holds is held until its lease lapses, but not against itself.
    # Two machines may be copies of one: they differ in their network addresses.
    if port == 0:
        return secrets.token_hex(LENGTH // 2)
    identity = f"{uuid.getnode()} {socket.gethostname()} {instance.resolve()} {port}"
    return sha256(identity.encode()).hexdigest()[:LENGTH]
