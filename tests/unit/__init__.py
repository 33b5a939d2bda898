"""Tests that mirror the package: the place of a test follows from the file it tests."""
