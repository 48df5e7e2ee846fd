"""Socket.IO, protocol revision 5: clients in namespaces, and their events."""
