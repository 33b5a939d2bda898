"""What a person, a program or a portal does with the application, over HTTP only."""
