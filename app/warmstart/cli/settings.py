"""``warmstart settings``: list, read and change what the settings file says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from warmstart.text import safe

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from warmstart.settings import Setting, Settings
    from warmstart.settings_edit import SettingsFile


def _names(_ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a setting."""
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(one.name, help=one.meaning)
        for one in _file().all()
        if one.name.startswith(incomplete)
    ]


def _values(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete the value of a setting that has a few."""
    from warmstart.settings_edit import find

    choices = find(ctx.params["name"]).choices
    return [choice for choice in choices if choice.startswith(incomplete)]


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_context
def settings(ctx: click.Context, as_json: bool) -> None:
    """List the settings with their values, or get, set or reset one.

    Names are those of the file: study.new_per_day, presets.NAME.order, keys.ACTION.
    """
    if ctx.invoked_subcommand is not None:
        return
    file = _file()
    found = file.all()
    if as_json:
        _print_json([_described(one, file.settings) for one in found])
        return
    from warmstart.settings_edit import shown

    click.echo(safe(str(file.path)))
    width = max(len(one.key) for one in found)
    section = None
    for one in found:
        if one.section != section:
            section = one.section
            click.echo(f"\n[{safe(section)}]")
        value = one.of(file.settings)
        changed = "*" if value not in {one.default, None} else " "
        click.echo(f"{changed} {safe(one.key):<{width}}  {safe(shown(value))}")


@settings.command("get")
@click.argument("name", shell_complete=_names)
@click.option("--json", "as_json", is_flag=True, help="Print value, default and rule as JSON.")
def get(name: str, as_json: bool) -> None:
    """Print the value of one setting."""
    from warmstart.settings_edit import find, shown

    setting, file = find(name), _file()
    if as_json:
        _print_json(_described(setting, file.settings))
    else:
        click.echo(safe(shown(setting.of(file.settings))))


@settings.command("set")
@click.argument("name", shell_complete=_names)
@click.argument("value", shell_complete=_values)
def set_(name: str, value: str) -> None:
    """Change one setting; the rest of the file stays as it is.

    Lists are written with commas: warmstart settings set study.learning_steps 1,10
    """
    from warmstart.settings_edit import find, shown, value_of

    setting, file = find(name), _file()
    given = value_of(setting, value)
    if setting.section == "keys":
        from warmstart.tui.keymap import check

        check({**file.settings.keys, setting.key: tuple(given)}, file.path)
    after = file.changed(setting, given)
    click.echo(safe(f"{setting.name} is {shown(setting.of(after.settings))} now."))


@settings.command("reset")
@click.argument("name", shell_complete=_names)
def reset(name: str) -> None:
    """Give one setting its default again; a preset's name alone takes the preset out."""
    from warmstart.settings_edit import find, shown

    file = _file()
    preset = name.removeprefix("presets.")
    if preset != name and preset in file.settings.presets:
        file.without_preset(preset)
        click.echo(safe(f"The preset {preset} is gone."))
        return
    setting = find(name)
    after = file.changed(setting, None)
    click.echo(safe(f"{setting.name} is {shown(setting.of(after.settings))} now."))


def _file() -> SettingsFile:
    from warmstart.paths import home
    from warmstart.settings_edit import SettingsFile

    return SettingsFile.read(home().settings)


def _described(setting: Setting, settings: Settings) -> dict[str, Any]:
    return {
        "name": setting.name,
        "value": setting.of(settings),
        "default": setting.default,
        "meaning": setting.meaning,
        "must_be": setting.rule.wanted,
    }


def _print_json(found: object) -> None:
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))
