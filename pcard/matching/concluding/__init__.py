"""From links to what the reader of a ledger sees, and what stood before anything was computed."""
