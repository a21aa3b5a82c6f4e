"""The weekly review: one page, made from the marts, that decides one thing."""
