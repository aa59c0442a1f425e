"""Orders from elsewhere: written down, paid there, imported many at once."""
