"""Programs for the terminal, which are clients of a server: `flask monitor`, `flask chat join`.

They import nothing of `me_api`, and the server imports nothing of them.
"""
