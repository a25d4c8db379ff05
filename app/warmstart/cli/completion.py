"""``warmstart completion``: the script by which a shell completes commands and names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for a shell.

    \b
    bash   echo 'eval "$(warmstart completion bash)"' >> ~/.bashrc
    zsh    echo 'eval "$(warmstart completion zsh)"' >> ~/.zshrc
    fish   warmstart completion fish > ~/.config/fish/completions/warmstart.fish
    """  # noqa: D301 click reads it
    found = get_completion_class(shell)
    assert found is not None
    root = ctx.find_root().command
    click.echo(found(root, {}, "warmstart", "_WARMSTART_COMPLETE").source())
