"""What goes wrong in the metadata on the way, each fault with a name and a rate."""
