"""The door: the only room that knows HTTP status codes."""
