"""Markdown, as reports and the presentation have it: validated, and rendered in a process."""
