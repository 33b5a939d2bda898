"""The API: flows for programs, under /api/v1."""
