"""The memory: what we remember about portals, their tokens and what we did for them."""
