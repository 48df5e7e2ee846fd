"""Engine.IO, protocol revision 4."""
