"""Tests of the portal's frame in a real browser, with a tiny application inside it."""
