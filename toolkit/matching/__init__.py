"""Posts of two languages side by side: what stage `match` weighs."""
