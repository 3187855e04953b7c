"""What a rebate contract owes: programs -> accruals -> shares, to the cent."""
