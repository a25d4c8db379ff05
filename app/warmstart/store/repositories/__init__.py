"""What can be asked of the store, by subject; each is bound to one transaction."""
