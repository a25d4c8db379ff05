"""Keys of other keyboard layouts, traced back to the physical key."""

from __future__ import annotations

import pytest
from textual.keys import _character_to_key

from warmstart.tui.keys import Layout, key_name

RUSSIAN = dict(zip("йцукенгшщзфывапролдячсмить", "qwertyuiopasdfghjklzxcvbnm", strict=True))
KOREAN = dict(
    zip("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ", RUSSIAN.values(), strict=True)
)


class TestLayout:
    @pytest.mark.parametrize(("typed", "latin"), [*RUSSIAN.items(), *KOREAN.items()])
    def test_every_letter(self, typed: str, latin: str) -> None:
        assert Layout().keys(typed) == latin

    @pytest.mark.parametrize(("typed", "latin"), [("Ё", "~"), ("Т", "N"), ("ㅃ", "Q"), ("і", "s")])
    def test_shifted_and_ukrainian(self, typed: str, latin: str) -> None:
        assert Layout().keys(typed) == latin

    @pytest.mark.parametrize(
        ("typed", "latin"), [("너", "sj"), ("닭", "ekfr"), ("왜", "dho"), ("ㅘ", "hk")]
    )
    def test_composed_hangul_is_the_keys_that_made_it(self, typed: str, latin: str) -> None:
        assert Layout().keys(typed) == latin

    @pytest.mark.parametrize("typed", ["a", "Z", "5", " ", "?", "/", ".", "é", "日", "→"])
    def test_what_belongs_to_no_known_layout_stays(self, typed: str) -> None:
        assert Layout().keys(typed) == typed

    def test_slash_and_question_mark_while_the_layout_is_russian(self) -> None:
        """ЙЦУКЕН sends ``.`` and ``,`` for them; they are told apart by the letter before."""
        layout = Layout()
        assert [layout.keys(key) for key in ".,т.,n.,ю"] == list(".,n/?n.,.")

    def test_digits_do_not_change_the_layout(self) -> None:
        layout = Layout()
        assert [layout.keys(key) for key in "н3."] == list("y3/")

    def test_names_are_those_that_bindings_use(self) -> None:
        characters = "".join(RUSSIAN.values()) + "QZ[]{};':\"`~<>,./?"
        assert [key_name(c) for c in characters] == [_character_to_key(c) for c in characters]
