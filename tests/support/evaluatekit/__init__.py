"""Random playbooks over random days, decided by both ways to evaluate."""
