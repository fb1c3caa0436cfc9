"""Redis and Valkey: records in hashes, changed by scripts on the server."""
