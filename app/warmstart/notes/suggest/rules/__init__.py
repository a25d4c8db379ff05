"""The rules, one to a module; ``find.RULES`` ranks them."""
