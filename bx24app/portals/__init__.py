"""Installed portals: installation, access, tokens, rate limits and the journal."""
