"""Which job a transfer served: readings, criteria and the SQL."""
