"""Small, named, ordered migrations, run by Alembic when the store is older than the code."""
