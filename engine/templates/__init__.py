"""Templates of messages: files, sandboxed programs, and how values are written in a language."""
