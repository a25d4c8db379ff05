"""One scale of colours, from ice to amber, and two themes built round it.

What is known well, or ready to run, is warm; what is about to be lost, or must first be built, is
cold. Every picture takes its colours from here, by variable name (``$temperature-3``), so that a
change of theme recolours what already stands on the screen. Each colour has a contrast of at least
4.5:1 (dark) or 4.3:1 (light) against its background, and each is paired with a shape, so that
nothing is said by colour alone.
"""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

TEMPERATURES: Final = "▁▂▃▄▅▆▇█"
"""The shapes of the scale, coldest first."""

UNKNOWN: Final = "·"
"""The shape of a concept that has no cards, and so no mastery."""

DARK: Final = Theme(
    name="warmstart-dark",
    dark=True,
    primary="#ffac2f",
    secondary="#6cc5f7",
    accent="#ffac2f",
    warning="#e8c268",
    error="#f2777a",
    success="#a5cf8a",
    foreground="#dcd9d2",
    background="#14171c",
    surface="#14171c",
    panel="#1f242c",
    variables={
        "quiet": "#9a9ca1",
        "faint": "#5b616b",
        "rule": "#343b46",
        "temperature-0": "#6cc5f7",
        "temperature-1": "#88c5e3",
        "temperature-2": "#a4c5cf",
        "temperature-3": "#c0c5bb",
        "temperature-4": "#d5c29f",
        "temperature-5": "#e3ba79",
        "temperature-6": "#f1b354",
        "temperature-7": "#ffac2f",
        "cold": "#6cc5f7",
        "running": "#ffac2f",
        "idle": "#9c7640",
        "restored": "#b5dcf2",
        "throttled": "#e77fd0",
        "failed": "#f2777a",
        "retried": "#e8d24a",
        "compensated": "#b79cf2",
        "code": "#b9cfd9",
        "code-background": "#1b2027",
        "footer-background": "#1b2027",
        "footer-key-foreground": "#ffac2f",
        "footer-description-foreground": "#9a9ca1",
        "block-cursor-background": "#39414d",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#252b34",
        "block-cursor-blurred-foreground": "#dcd9d2",
        "border": "#ffac2f",
        "border-blurred": "#343b46",
        "scrollbar": "#343b46",
        "scrollbar-hover": "#5b616b",
        "scrollbar-active": "#ffac2f",
        "scrollbar-background": "#14171c",
        "scrollbar-background-hover": "#14171c",
        "scrollbar-background-active": "#14171c",
        "link-color": "#6cc5f7",
        "link-color-hover": "#14171c",
        "link-background-hover": "#6cc5f7",
    },
)

LIGHT: Final = Theme(
    name="warmstart-light",
    dark=False,
    primary="#b35a00",
    secondary="#0f74b0",
    accent="#b35a00",
    warning="#8a6500",
    error="#b3261e",
    success="#3f7a1f",
    foreground="#2b2925",
    background="#f8f6f1",
    surface="#f8f6f1",
    panel="#eae6dd",
    variables={
        "quiet": "#6b6a66",
        "faint": "#a5a199",
        "rule": "#d3cec3",
        "temperature-0": "#0f74b0",
        "temperature-1": "#2f7399",
        "temperature-2": "#4f7383",
        "temperature-3": "#6f736d",
        "temperature-4": "#866f54",
        "temperature-5": "#956838",
        "temperature-6": "#a4611c",
        "temperature-7": "#b35a00",
        "cold": "#0f74b0",
        "running": "#b35a00",
        "idle": "#b99868",
        "restored": "#5d9cc2",
        "throttled": "#a3157a",
        "failed": "#b3261e",
        "retried": "#8a6d00",
        "compensated": "#6f42c1",
        "code": "#31525f",
        "code-background": "#efece4",
        "footer-background": "#eae6dd",
        "footer-key-foreground": "#b35a00",
        "footer-description-foreground": "#6b6a66",
        "block-cursor-background": "#d9d2c3",
        "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#e8e3d8",
        "block-cursor-blurred-foreground": "#2b2925",
        "border": "#b35a00",
        "border-blurred": "#d3cec3",
        "scrollbar": "#d3cec3",
        "scrollbar-hover": "#a5a199",
        "scrollbar-active": "#b35a00",
        "scrollbar-background": "#f8f6f1",
        "scrollbar-background-hover": "#f8f6f1",
        "scrollbar-background-active": "#f8f6f1",
        "link-color": "#0f74b0",
        "link-color-hover": "#f8f6f1",
        "link-background-hover": "#0f74b0",
    },
)


def theme_name(setting: str) -> str:
    """Return the theme for the setting ``"dark"`` or ``"light"``; anything else is dark."""
    return LIGHT.name if setting == "light" else DARK.name


def step(share: float) -> int:
    """Return the step 0–7 of the scale for ``share`` of the whole (0.0–1.0, clamped)."""
    return min(7, max(0, int(share * 8)))


def shape(mastery: int | None) -> str:
    """Return the shape for a mastery of 0–100, or the one for none at all."""
    return UNKNOWN if mastery is None else TEMPERATURES[step(mastery / 100)]


def colour(mastery: int | None) -> str:
    """Return the style (a theme variable) for a mastery of 0–100, or a faint one for none."""
    return "$faint" if mastery is None else f"$temperature-{step(mastery / 100)}"
