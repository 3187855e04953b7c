"""Files of card programmes: what an issuer or its portal sends of every card of a district."""
