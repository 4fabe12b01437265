"""What an editor asks about a project's files: findings, hover, completion, definitions, actions."""
