"""Pages of flows as code: plans, history, and blueprints; for administrators of the portal."""
