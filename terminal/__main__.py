"""The programs: `python -m terminal monitor URL`, `python -m terminal chat join ROOM URL`.

The flask command starts them in this way, too: `flask monitor`, `flask chat join ROOM`.
"""

from __future__ import annotations

import os

import click

from terminal import sign_in
from terminal.chat.command import join
from terminal.monitor.command import monitor


@click.group()
def main() -> None:
    """Programs for the terminal, which are clients of a me-api server."""


@main.group()
def chat() -> None:
    """Read and write messages of the chat."""


main.add_command(monitor)
chat.add_command(join)

if __name__ == "__main__":
    main(prog_name="flask" if sign_in.LOCAL_URL in os.environ else "python -m terminal")
