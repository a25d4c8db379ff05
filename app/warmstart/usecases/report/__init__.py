"""Pages that leave the terminal: figures as one self-contained HTML file."""
