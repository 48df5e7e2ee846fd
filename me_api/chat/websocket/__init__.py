"""The chat over native WebSockets."""
