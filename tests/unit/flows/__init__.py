"""Tests of `bx24app.flows`."""
