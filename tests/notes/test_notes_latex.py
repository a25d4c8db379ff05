"""LaTeX as Unicode: what can be said on a line is, and what cannot is shown as written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.notes.latex import LONGEST, readable, script


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"\frac{a}{b} + x^2 + x_{i+1}^{n}", "a/b + x² + xᵢ₊₁ⁿ"),
        (r"\sum_{i=1}^{n} i = \frac{n(n+1)}{2}", "∑ᵢ₌₁ⁿ i = n(n+1)/2"),
        (r"P(A|B)=\frac{P(B|A)P(A)}{P(B)}", "P(A|B)=P(B|A)P(A)/P(B)"),
        (r"\frac{a+b}{c \cdot d}", "(a+b)/(c · d)"),
        (r"\sqrt{x^2+1} \leq \alpha \cdot \mathbb{R}", "√(x²+1) ≤ α · ℝ"),
        (r"\sqrt[3]{x}, \sqrt{2}", "∛x, √2"),
        (r"R(t)=\left(1+\frac{19}{81}\cdot\frac{t}{S}\right)^{-0.5}", "R(t)=(1+19/81 · t/S)^(-0.5)"),
        (r"\lambda e^{-\lambda t}", "λe^(-λt)"),
        (r"\mathcal{O}(n\log n)", "𝒪(n log n)"),
        (r"\lim_{x\to0} \log_2 n", "lim_(x → 0) log₂ n"),
        (r"\binom{n}{k}", "C(n, k)"),
        (r"\text{средняя} = \frac{\sum t_i}{n}", "средняя = ∑tᵢ/n"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "[ 1 2; 3 4 ]"),
        (r"\begin{aligned} a &= b \\ c &= d\end{aligned}", "a = b\nc = d"),
        (r"5 \% \{1,2\}", "5 % {1,2}"),
        ("콜드", "콜드"),
    ],
)  # fmt: skip
def test_what_is_read(source: str, shown: str) -> None:
    assert readable(source) == shown


@pytest.mark.parametrize(
    "source", [r"\frac{", "x^", r"\newthing{x}{y}", "}", r"\begin{what}x\end{what}", "{" * 60]
)
def test_what_cannot_be_read_is_shown_as_written(source: str) -> None:
    assert readable(source) == source


def test_a_long_formula_is_shown_as_written() -> None:
    assert readable("x^2" * LONGEST) == "x^2" * LONGEST


def test_scripts_beyond_unicode_keep_their_sign() -> None:
    assert [script("q", up=False), script("abq", up=False), script("n+1", up=True)] == [
        "_q", "_(abq)", "ⁿ⁺¹",
    ]  # fmt: skip


@given(st.text(r"\{}^_&$%#frac12 abc[]()~\x1b" + "\n", max_size=60))
def test_any_text_is_accepted_and_says_nothing_to_the_terminal(source: str) -> None:
    shown = readable(source)
    assert "\x1b" not in shown
    assert shown or not source.strip()
