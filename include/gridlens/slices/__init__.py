"""Where fetched days rest: one Parquet file and one manifest a table and day."""
