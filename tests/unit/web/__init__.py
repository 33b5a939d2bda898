"""Tests of `bx24app.web`."""
