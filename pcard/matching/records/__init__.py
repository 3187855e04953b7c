"""The ledger as numbers: columns, names and order numbers that both sides share."""
