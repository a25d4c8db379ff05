r"""LaTeX as Unicode that a reader can read: ``\frac{a}{b} + x^2`` is ``a/b + x²``.

The adapter of pylatexenc, which knows the names of LaTeX's signs; how scripts, fractions and roots
are written on one line is ours. What cannot be read is shown as its source: a formula is never
lost, and never half shown. Loading pylatexenc takes some 20 ms, so it waits for the first formula.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, Final

from warmstart.text import safe

LONGEST: Final = 2_000
"""Characters of a formula; a longer one is shown as its source."""
_DEEPEST: Final = 40
"""Braces within braces; pylatexenc recurses with them."""

_UP: Final = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδθιφχ′*",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᶿᶥᵠᵡ′*",
        strict=True,
    )
)
_DOWN: Final = dict(
    zip(
        "0123456789+-−=()aehijklmnoprstuvxβγρφχ",
        "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ",
        strict=True,
    )
)
_ATOM = re.compile(r"[\w.′'⁰-₟ᴬ-ᶿ]*(?:[√∛∜]?\([^()]*\))?|[√∛∜]\w+")
_PRODUCT = re.compile(r"(?:[^\s()+−=<>,/-]|\([^()]*\))+")
_LOOSE = re.compile(r"[^\S\n]+")
_ROOTS: Final = {"": "√", "2": "√", "3": "∛", "4": "∜"}
_BEFORE_SCRIPT = re.compile(r" +(?=[_^]\(|[₀-ₜ])")
"""The blank behind a name such as ``lim`` that what stands below it does away with."""
_BLANK_LINES = re.compile(r"\n\s*\n+")


@lru_cache(maxsize=512)
def readable(source: str) -> str:
    """Return a formula, without its dollar signs, as Unicode; as it is written if that fails."""
    text = source.strip()
    if not text or len(text) > LONGEST or _depth(text) > _DEEPEST:
        return safe(text)
    walker, converter, refusals = _pylatexenc()
    try:
        nodes, _, _ = walker(text)
        shown = converter.nodelist_to_text(nodes)
    except refusals:
        return safe(text)
    shown = "\n".join(
        _BEFORE_SCRIPT.sub("", _LOOSE.sub(" ", line)).strip() for line in shown.split("\n")
    )
    return safe(_BLANK_LINES.sub("\n", shown).strip()) or safe(text)


def _depth(text: str) -> int:
    deepest = depth = 0
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        deepest = max(deepest, depth)
    return deepest + text.count(r"\begin") + text.count(r"\left")


def script(text: str, *, up: bool) -> str:
    """Return ``text`` raised or lowered, in Unicode's letters or else behind ``^`` or ``_``."""
    signs = _UP if up else _DOWN
    bare = text.replace(" ", "")
    if bare and all(sign in signs for sign in bare):
        return "".join(signs[sign] for sign in bare)
    mark = "^" if up else "_"
    return mark + (bare if len(bare) == 1 else f"({text.strip()})")


def _grouped(text: str) -> str:
    """Return ``text`` in brackets unless it reads as one thing without."""
    text = text.strip()
    return text if len(text) == 1 or _ATOM.fullmatch(text) else f"({text})"


@cache
def _pylatexenc() -> tuple[Any, Any, tuple[type[Exception], ...]]:
    """Return what reads LaTeX into nodes, what writes nodes as text, and what both may raise."""
    from pylatexenc import latex2text, latexwalker, macrospec

    scripts = [
        macrospec.SpecialsSpec(sign, macrospec.MacroStandardArgsParser("{")) for sign in "^_"
    ]
    macros = [
        macrospec.MacroSpec("binom", "{{"),
        *(macrospec.MacroSpec(name, "{") for name in ("operatorname", "boxed", "bar", "not")),
        *(macrospec.MacroSpec(name, "{{") for name in ("dfrac", "tfrac", "cfrac")),
    ]
    read = latexwalker.get_default_latex_context_db()
    read.add_context_category("warmstart", specials=scripts, macros=macros, prepend=True)
    write = latex2text.get_default_latex_context_db()
    write.add_context_category(
        "warmstart",
        specials=[
            latex2text.SpecialsTextSpec("^", simplify_repl=_raised),
            latex2text.SpecialsTextSpec("_", simplify_repl=_lowered),
            latex2text.SpecialsTextSpec("&", simplify_repl="  "),
        ],
        macros=[
            *(
                latex2text.MacroTextSpec(name, simplify_repl=_fraction)
                for name in ("frac", "dfrac", "tfrac", "cfrac")
            ),
            latex2text.MacroTextSpec("sqrt", simplify_repl=_root),
            latex2text.MacroTextSpec("binom", simplify_repl="C(%s, %s)"),
            latex2text.MacroTextSpec("operatorname", simplify_repl="%s"),
            latex2text.MacroTextSpec("text", simplify_repl=_words),
            *(
                latex2text.MacroTextSpec(name, simplify_repl=f" {sign} ")
                for name, sign in _RELATIONS.items()
            ),
            *(
                latex2text.MacroTextSpec(name, simplify_repl=f" {name} ")
                for name in ("log", "ln", "exp", "sin", "cos", "tan", "min", "max", "lim", "Pr")
            ),
            *(latex2text.MacroTextSpec(name, discard=True) for name in _SILENT),
        ],
        environments=[
            latex2text.EnvironmentTextSpec(name, simplify_repl="%(body)s") for name in _LAID_OUT
        ],
        prepend=True,
    )
    write.set_unknown_macro_spec(latex2text.MacroTextSpec("", simplify_repl=_unknown))
    write.set_unknown_environment_spec(latex2text.EnvironmentTextSpec("", simplify_repl=_unknown))
    converter = latex2text.LatexNodes2Text(
        latex_context=write, math_mode="text", strict_latex_spaces=False, keep_comments=True
    )

    def walk(text: str) -> Any:
        state_of = latexwalker.LatexWalker(text, latex_context=read, tolerant_parsing=False)
        state = state_of.make_parsing_state(in_math_mode=True)
        return state_of.get_latex_nodes(parsing_state=state)

    return (
        walk,
        converter,
        (
            latexwalker.LatexWalkerError,
            # What its writer raises over arguments that are missing.
            *(ValueError, TypeError, IndexError, AttributeError, RecursionError),
        ),
    )


_SILENT: Final = (
    "left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "limits", "nolimits",
    "displaystyle", "textstyle", "mathstrut", "nonumber", "notag",
)  # fmt: skip
_LAID_OUT: Final = (
    "aligned", "align", "align*", "alignedat", "gathered", "gather", "gather*", "split", "cases",
    "equation", "equation*", "multline", "multline*",
)  # fmt: skip
_RELATIONS: Final = {
    "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠", "approx": "≈",
    "to": "→", "rightarrow": "→", "Rightarrow": "⇒", "implies": "⇒", "iff": "⇔", "in": "∈",
    "times": "×", "cdot": "·", "pm": "±", "equiv": "≡", "sim": "∼", "ll": "≪", "gg": "≫",
    "subset": "⊂", "subseteq": "⊆", "cup": "∪", "cap": "∩", "mid": "|", "propto": "∝",
}  # fmt: skip


def _argument(node: Any, converter: Any, place: int = -1) -> str:
    arguments = node.nodeargd.argnlist if node.nodeargd else []
    argument = arguments[place] if arguments else None
    if argument is None:
        return ""
    return str(converter.node_to_text(argument))


def _unknown(node: Any) -> str:
    raise ValueError(node)


def _raised(node: Any, l2tobj: Any) -> str:
    return script(_argument(node, l2tobj), up=True)


def _lowered(node: Any, l2tobj: Any) -> str:
    return script(_argument(node, l2tobj), up=False)


def _fraction(node: Any, l2tobj: Any) -> str:
    above, below = _argument(node, l2tobj, 0), _argument(node, l2tobj, 1)
    over = above.strip() if _PRODUCT.fullmatch(above.strip()) else _grouped(above)
    return f"{over}/{_grouped(below)}"


def _root(node: Any, l2tobj: Any) -> str:
    degree, under = _argument(node, l2tobj, 0).strip(), _argument(node, l2tobj, 1)
    sign = _ROOTS.get(degree) or script(degree, up=True) + "√"
    return sign + _grouped(under)


def _words(node: Any, l2tobj: Any) -> str:
    return _argument(node, l2tobj)
