"""The memory: SQLAlchemy Core on SQLite (WAL) or PostgreSQL. Only `store` is for others."""
