"""The pages of flows: the list, the form, and what serves them."""
