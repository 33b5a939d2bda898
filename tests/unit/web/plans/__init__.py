"""Tests of the pages of plans, history and blueprints."""
