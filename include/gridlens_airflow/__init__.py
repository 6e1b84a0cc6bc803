"""Where Airflow meets gridlens: the day a run means, retries, pools, the ways to start it."""
