"""WebSocket (RFC 6455): handshakes, frames, and connections."""
