"""Tests of `bx24app.portals`."""
