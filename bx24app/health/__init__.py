"""Health: which flows of a portal are in trouble, and the way out of it."""
