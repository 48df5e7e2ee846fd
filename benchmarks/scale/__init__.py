"""How far one log reaches: a simulation of many nodes with measured costs."""
