"""The database: what is stored about portals, their tokens and what was done for them."""
