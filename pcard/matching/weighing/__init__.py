"""From levels to odds: weights, rivals, coincidences, and the best whole."""
