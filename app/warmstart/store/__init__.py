"""The only SQLAlchemy: gives and takes the values of notes and study."""
