"""Posting the texts of an outbox over one connection, one after another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import websockets

from terminal.chat.outbox import Outbox, Pending
from terminal.chat.receiver import Receiver
from terminal.failures import Refused

RETRY_SECONDS = 1.0
"""How long to wait after a refusal that says nothing of that."""


async def send_all(
    socket: websockets.ClientConnection,
    outbox: Outbox,
    receiver: Receiver,
    answered: Callable[[Pending], None],
    renew: Callable[[Refused], Awaitable[bool]],
) -> None:
    """Post each text, and wait for its answer before the next, so that their order is kept.

    Ends when the connection is lost; a text without an answer stays in the outbox. If `renew` has
    requested a new token because of a refusal, the connection is closed: the next one has it.
    """
    while True:
        pending = await outbox.next()
        answer = receiver.expect_answer(pending)
        pending.sent = True
        try:
            await socket.send(json.dumps({"text": pending.text, "key": pending.key}))
        except websockets.ConnectionClosed:
            return
        body = await answer
        if "errors" not in body:
            outbox.done(pending)
        else:
            refused = Refused(int(body["errors"][0]["status"]), body)
            if refused.is_temporary:
                pending.sent = False
                await asyncio.sleep(refused.retry_after or RETRY_SECONDS)
                continue
            if await renew(refused):
                pending.sent = False
                await socket.close()
                return
            outbox.refuse(pending, str(refused))
        answered(pending)
