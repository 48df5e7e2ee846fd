"""Engine.IO, protocol revision 4: sessions over polling and WebSocket."""
