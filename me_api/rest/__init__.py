"""The REST API: declaring routes, reading requests, and reporting errors."""
