"""The chat over native WebSockets, in JSON or plain text, and two demos."""
