"""Who judges the emulator: the official clients, and a real portal when one is named."""
