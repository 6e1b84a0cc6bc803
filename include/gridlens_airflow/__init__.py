"""Where Airflow meets us."""
