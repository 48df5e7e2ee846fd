"""E-mail, which a process of its own sends."""
