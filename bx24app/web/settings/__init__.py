"""The settings of a portal, for its administrators."""
