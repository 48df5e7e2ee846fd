"""Runs a server that is killed, as by SIGKILL, while it deletes messages batch by batch.

While the file `kill` exists in its folder, that happens in the second transaction.
"""

import os
import signal
from pathlib import Path

import app
from me_api.chat import purge, room_changes, user_data
from me_api.chat.retention import changes

KILL = Path(os.environ["TESTS_FOLDER"]) / "kill"
applied = []


def killed(change):
    """Make a change, when it is applied the second time, end this process instead of returning."""
    apply = change.apply

    def call(self, transaction):
        result = apply(self, transaction)
        if KILL.exists():
            applied.append(change)
            if len(applied) == 2:
                os.kill(os.getpid(), signal.SIGKILL)
        return result

    change.apply = call


for each in (
    purge.PurgeMessages,
    user_data.DeleteMessagesOf,
    room_changes.SweepRoom,
    changes.PruneMessages,
):
    killed(each)
app.main()
