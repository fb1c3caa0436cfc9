"""SQLite: the records of one file."""
