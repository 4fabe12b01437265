"""From YAML nodes with positions to a checked playbook."""
