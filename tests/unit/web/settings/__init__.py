"""Tests of the settings of a portal."""
