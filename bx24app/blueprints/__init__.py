"""Flows as code: documents of flows, plans of what they would change, and carrying plans out."""
