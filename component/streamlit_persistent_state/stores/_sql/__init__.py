"""PostgreSQL: records in a table."""
