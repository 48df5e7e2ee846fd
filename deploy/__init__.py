"""Running me-api on several nodes: configuration for nginx, and a cluster on this machine."""
