"""Lab folders: their definition, how they are run, and how they are checked."""
