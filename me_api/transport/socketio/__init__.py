"""Socket.IO, protocol revision 5."""
