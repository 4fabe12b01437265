"""Channels: where a rendered message leaves playcall."""
