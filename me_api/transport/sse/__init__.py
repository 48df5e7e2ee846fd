"""Server-Sent Events, HTML standard section 9.2."""
