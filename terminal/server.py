"""A server as a client sees it: requests, streams and WebSockets, with their failures."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self
from urllib.parse import urlencode

import httpx
import websockets

from terminal.credentials import Credentials
from terminal.failures import NotServed, Refused
from terminal.responses import check, library_failures

REQUEST_SECONDS = 20.0
"""How long a server may take to respond, and to open a connection."""
PING_SECONDS = 20.0
"""Between two pings on a WebSocket, and how long a pong may take."""
CLOSE_SECONDS = 1.0
"""How long a server may take to close a WebSocket."""
SILENCE_SECONDS = 90.0
"""How long a stream may send nothing. The server sends a comment every 25 seconds by default."""
MAX_MESSAGE = 16 * 2**20
"""The most bytes of one message on a WebSocket."""


class Server:
    """The server at an address that ends with a slash. Raises `terminal.failures`."""

    def __init__(self, url: str, credentials: Credentials) -> None:
        self.url = url
        self.credentials = credentials
        # The certificates of the system, for both libraries.
        self._tls = ssl.create_default_context()
        self._client: httpx.AsyncClient

    async def __aenter__(self) -> Self:
        """Open a client, whose connections are kept open."""
        self._client = httpx.AsyncClient(
            base_url=self.url, timeout=REQUEST_SECONDS, verify=self._tls
        )
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close the client and its connections."""
        await self._client.aclose()

    async def get(self, path: str, **query: str) -> Any:
        """Return the JSON of a response."""
        return await self._renewing("GET", path, params=query)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send JSON; return the JSON of the response."""
        return await self._renewing("POST", path, json=body)

    async def log_in(self) -> Mapping[str, Any]:
        """Log in; from then on send the token. Return the user. Raises `Refused`."""
        login = self.credentials.login
        assert login is not None, "there is nothing to log in with"
        body = {"email": login.email, "password": login.password}
        answer = await self._request("POST", "login", headers={}, json=body)
        self.credentials.token = answer["data"]["token"]
        user: Mapping[str, Any] = answer["data"]["user"]
        return user

    @asynccontextmanager
    async def stream(self, path: str, **query: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open a response that does not end; its bytes are read as they come."""
        limits = httpx.Timeout(REQUEST_SECONDS, read=SILENCE_SECONDS)
        headers = self.credentials.headers
        with library_failures():
            async with self._client.stream(
                "GET", path, params=query, headers=headers, timeout=limits
            ) as response:
                await check(response)
                if not response.headers.get("Content-Type", "").startswith("text/event-stream"):
                    raise NotServed(f"{response.url} is no stream of events.")
                yield response.aiter_bytes()

    @asynccontextmanager
    async def websocket(
        self, path: str, subprotocol: str, **query: str
    ) -> AsyncIterator[websockets.ClientConnection]:
        """Open a WebSocket, which is closed at the end."""
        address = f"ws{self.url.removeprefix('http')}{path}?{urlencode(query)}"
        with library_failures():
            async with websockets.connect(
                address,
                subprotocols=[websockets.Subprotocol(subprotocol)],
                additional_headers=self.credentials.headers,
                compression=None,
                open_timeout=REQUEST_SECONDS,
                ping_interval=PING_SECONDS,
                ping_timeout=PING_SECONDS,
                close_timeout=CLOSE_SECONDS,
                max_size=MAX_MESSAGE,
                ssl=self._tls if address.startswith("wss") else None,
            ) as socket:
                yield socket

    async def renew(self, refused: Refused) -> bool:
        """Log in again if a token has expired; return False if that does not help."""
        if refused.code != "expired_token" or self.credentials.login is None:
            return False
        await self.log_in()
        return True

    async def _renewing(self, method: str, path: str, **options: Any) -> Any:
        try:
            return await self._request(method, path, self.credentials.headers, **options)
        except Refused as refused:
            if not await self.renew(refused):
                raise
        return await self._request(method, path, self.credentials.headers, **options)

    async def _request(
        self, method: str, path: str, headers: Mapping[str, str], **options: Any
    ) -> Any:
        with library_failures():
            response = await self._client.request(method, path, headers=headers, **options)
            await check(response)
        try:
            return response.json()
        except ValueError:
            raise NotServed(f"{response.url} does not respond with JSON.") from None
