"""Lines become records, records become the Ledger, and its statements are proved."""
