"""The pages of the staff: worklist, customers, approvals, runs, playbooks, quotes."""
