"""The clients of the course jsramverk: `chat message` in the namespace `/`."""
