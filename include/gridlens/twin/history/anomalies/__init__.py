"""What goes wrong on the grid itself: a link, a site or the staging of a job."""
