"""Versions of a project's files: at a revision of git, and kept in an archive."""
