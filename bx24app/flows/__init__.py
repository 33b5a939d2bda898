"""Task flows: their fields, their validation, and reading and writing them on a portal."""
