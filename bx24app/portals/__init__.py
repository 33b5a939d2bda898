"""Our relation to each installed portal."""
