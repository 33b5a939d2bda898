"""Flows: what a task flow is, whatever brings it here and wherever it goes."""
