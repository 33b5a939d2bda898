"""Tests of the app and the emulated Bitrix24 they run against."""
