"""What comes back to the mailbox: delivery reports, complaints and replies."""
