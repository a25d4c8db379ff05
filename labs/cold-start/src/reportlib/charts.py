"""Charts for reports: bars as PDF drawing instructions (ISO 32000, 8.5)."""

GAP = 4


def bars(amounts: list[float], wide: float, high: float) -> str:
    """Return filled bars, side by side from left to right, the greatest as high as ``high``."""
    most = max(amounts, default=0) or 1
    step = wide / max(len(amounts), 1)
    return "\n".join(
        f"{place * step:.1f} 0 {step - GAP:.1f} {high * amount / most:.1f} re f"
        for place, amount in enumerate(amounts)
    )
