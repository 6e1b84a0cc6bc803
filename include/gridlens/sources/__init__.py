"""How rows arrive: documents of one day through a field map into typed batches."""
