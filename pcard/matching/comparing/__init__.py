"""Which pairs are looked at, and what agrees in them by how much chance."""
