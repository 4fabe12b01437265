"""What playcall plugs into: sources that load tables, channels that deliver messages."""
