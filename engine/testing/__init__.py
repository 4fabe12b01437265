"""Tests of playbooks: their files, what they expect, how that is compared, covered and mutated."""
