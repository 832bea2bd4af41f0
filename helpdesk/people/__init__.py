"""Who there is: accounts, roles, customers, organisations."""
