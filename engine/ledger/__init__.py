"""What was decided and sent: tables, every write and every read."""
