"""What happened on the grid that never was: tasks, jobs, files, transfers. No metadata yet."""
