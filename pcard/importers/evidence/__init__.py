"""Evidence: invoices and receipts as they arrive."""
