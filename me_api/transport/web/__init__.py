"""HTTP/1.1 on eventlet's WSGI server, and a fast path in front of it."""
