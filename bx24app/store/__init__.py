"""The memory: what we remember about portals, their grants and what we did for them."""
