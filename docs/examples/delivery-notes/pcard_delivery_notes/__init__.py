"""A comparison of delivery notes for pcard."""
