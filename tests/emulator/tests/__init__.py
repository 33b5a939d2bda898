"""The emulator's own tests; those of its frame, in a browser, stand in tests/emulator/frame."""
