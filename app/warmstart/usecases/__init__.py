"""What the app and the command line both do: own the transactions, tie the store to the rest."""
