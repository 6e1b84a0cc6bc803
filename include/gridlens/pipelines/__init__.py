"""In which order: the only room that knows the others."""
