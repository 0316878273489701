"""Key Delivery Messages (ST 430-1, ST 430-3): issue, check, open."""
