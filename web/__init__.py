"""Pages in the browser: what customers open from their mails."""
