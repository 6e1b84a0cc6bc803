"""May they pass: row rules that flag or quarantine, table rules that pass, warn or fail."""
