"""A client of one room of the chat, which misses nothing and posts nothing twice."""
