"""Other keys for the actions, and what is said of those that cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from warmstart.settings import DisplaySettings, Settings
from warmstart.tui import keymap
from warmstart.tui.screens.help import keys_of


class TestRead:
    def test_letters_give_way_and_the_way_out_stays(self) -> None:
        read = keymap.read({"undo": ["z"], "Back": ["W", "F5"]})
        assert read.problems == ()
        assert read.keys["undo:"] == "z"
        assert read.keys["back:escape"] == "W,f5,escape"

    def test_two_actions_can_change_places(self) -> None:
        assert keymap.read({"undo": ["o"], "note": ["u"]}).problems == ()

    def test_a_key_of_another_layout_is_the_physical_one(self) -> None:
        assert keymap.read({"undo": ["я"]}).keys == keymap.read({"undo": ["z"]}).keys

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"unod": ["z"]}, "[keys] names no action “unod”. Did you mean “"),
            ({"undo": ["o"]}, "keys.undo: “o” is “note” in "),
            ({"search": ["?"]}, "keys.search: “?” is “help” in "),
            ({"undo": ["ctrl+q"]}, "keys.undo: “ctrl+q” is “leave at once” in "),
            ({"undo": ["hyperspace"]}, "keys.undo: there is no key “hyperspace”"),
            ({"undo": ["닭"]}, "keys.undo: there is no key “닭”"),
            ({"leave at once": ["x"]}, "keys.leave at once: “x” writes a character"),
        ],
    )
    def test_a_mistake_is_a_sentence_and_leaves_the_rest(self, given, sentence: str) -> None:
        read = keymap.read({"zoom in": ["Q"], **given})
        assert [p.startswith(sentence) for p in read.problems] == [True], read.problems
        assert list(read.keys.values()) == ["Q"]


def test_every_action_that_has_a_name_can_be_bound() -> None:
    """A new screen or widget with bindings takes ``keymap.Named`` as its first base."""
    nameless = [
        (place.__name__, binding.key)
        for place in keymap._places()
        for binding in place.__dict__.get("BINDINGS", ())
        if binding.description and not binding.id
        if not (binding.priority and not any(map(keymap.types, binding.key.split(","))))
    ]
    assert nameless == []


STILL = replace(Settings(), display=DisplaySettings(reduced_motion=True))


async def test_footer_help_and_the_key_itself_follow(running, home) -> None:
    settings = replace(STILL, keys={"notes": ("e",), "back": ("W",)})
    async with running(settings=settings) as driver:
        assert driver.lines[-1].split()[:4] == ["Enter", "study", "e", "notes"]
        await driver.press("у")  # the key of e under a Russian layout
        assert driver.app.current_mode == "notes"
        assert ("W esc", "back") in keys_of(driver.app.screen)
        await driver.press("q")
        assert driver.app.current_mode == "notes"
        await driver.press("W")
        assert driver.app.current_mode == "today"


async def test_a_mistake_is_said_in_the_app(running) -> None:
    async with running(settings=replace(STILL, keys={"unod": ("z",)})) as driver:
        assert "names no action “unod”" in driver.text
