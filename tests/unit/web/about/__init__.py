"""Tests of the pages for anybody."""
