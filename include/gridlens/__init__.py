"""gridlens: how PanDA jobs and Rucio transfers meet, as a daily warehouse."""
