"""The bytes of one connection, whatever its protocol."""
