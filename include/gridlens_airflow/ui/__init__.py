"""The pages of gridlens in Airflow's UI; plugins/gridlens_ui.py brings them there."""
