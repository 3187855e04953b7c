"""Files of accounts: what a bank sends of one account, a card's or the district's own."""
