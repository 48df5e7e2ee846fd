"""The database: how it is opened, read and found to have failed."""
