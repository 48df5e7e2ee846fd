"""The doors that stay open: Socket.IO, native WebSocket and Server-Sent Events."""
