"""What several screens draw with, a widget a module."""
