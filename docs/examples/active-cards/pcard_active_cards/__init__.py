"""A rebate scheme behind the door `pcard.rebate_schemes`."""
