"""An order as a plain-text receipt: quick, and all that most callers ask for."""

WIDTH = 40


def render(order: dict) -> str:
    """Return the receipt of an order: a line per item, and the total.

    ``order`` has ``number`` and ``items``; an item has ``name``, ``quantity`` and ``cents`` (the
    price of one).
    """
    lines = [f"Receipt {order['number']}".ljust(WIDTH), "-" * WIDTH]
    total = 0
    for item in order["items"]:
        amount = item["quantity"] * item["cents"]
        total += amount
        name = f"{item['quantity']} x {item['name']}"
        lines.append(f"{name:<30}{money(amount):>10}")
    lines += ["-" * WIDTH, f"{'Total':<30}{money(total):>10}"]
    return "\n".join(lines)


def money(cents: int) -> str:
    """Return an amount of cents as units with two decimals."""
    return f"{cents // 100}.{cents % 100:02}"
