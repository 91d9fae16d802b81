"""Ways to reach people and their systems. Each tells how it ended; none decides what follows."""
