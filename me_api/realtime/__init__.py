"""Long-lived connections: Socket.IO, native WebSocket and Server-Sent Events."""
