"""Tests of `bx24app.store`."""
