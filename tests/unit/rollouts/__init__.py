"""Tests of flows as code."""
