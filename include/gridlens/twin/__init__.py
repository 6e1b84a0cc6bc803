"""A grid that never was: documents as PanDA and Rucio write them, with planted truth."""
