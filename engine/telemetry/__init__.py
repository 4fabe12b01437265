"""What is told of a program that keeps running: logs, metrics, health."""
