"""Checks of a project, one a file, and their reporters."""
