"""Measurements: `make bench` prints them as one table, each as a ratio within one run."""
