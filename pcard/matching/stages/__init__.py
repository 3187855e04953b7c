"""The searches, in order: equal amounts, sums, leftovers, parts; orders by number, by what is open, by sums."""
