"""The chat: rooms and their messages, over REST, Socket.IO, WebSocket and Server-Sent Events."""
