"""The whole application in one process, on a virtual clock, living through seeded bad luck."""
