"""playcall runs customer-success playbooks that live in git."""

__version__ = "0.2.0.dev0"
