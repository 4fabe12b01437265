"""Message templates: their files, what they read, and the programs that fill them in."""
