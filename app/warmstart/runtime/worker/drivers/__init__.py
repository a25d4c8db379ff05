"""Stand-ins for packages that speak to servers; on a handler's path, not for import from here."""
