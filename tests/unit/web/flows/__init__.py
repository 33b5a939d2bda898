"""Tests of `bx24app.web.flows`."""
