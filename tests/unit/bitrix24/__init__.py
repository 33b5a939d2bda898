"""Tests of `bx24app.bitrix24`."""
