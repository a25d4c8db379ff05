"""The group of all commands: each is found by its name, and imported only when it is called."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click

from warmstart import __version__
from warmstart.cli import COMMANDS, on_terminal
from warmstart.errors import SearchError, WarmstartError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Import the command's module."""
        if name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[name]
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; of what is none, say which is near. click looks in no table of ours."""
        name = args[0]
        if name not in COMMANDS and name[:1].isalnum() and not ctx.resilient_parsing:
            from warmstart.text import meant

            sentence = f"No such command {name!r}. {meant(name, COMMANDS)}".rstrip()
            raise click.UsageError(sentence, ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command's name out of the table; options as every command does."""
        from click.shell_completion import CompletionItem

        named = [
            CompletionItem(name, help=text)
            for name, (_, _, text) in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return named + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="warmstart %(version)s")
@click.option("--debug", is_flag=True, help="Show a traceback when something goes wrong.")
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """Study your own markdown notes, and watch the systems they describe run.

    Without a command, the app opens; where no terminal is attached, today's summary is printed.
    """
    ctx.obj = debug
    if ctx.invoked_subcommand is None:
        if on_terminal():
            from warmstart.cli.app import run_app

            run_app()
        else:
            from warmstart.cli.today import print_today

            print_today()


def run(arguments: Sequence[str]) -> int:
    """Run a command and return the exit code; every error ends as one sentence."""
    out = sys.stdout
    try:
        cli.main(args=arguments, prog_name="warmstart", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 it is told, whatever it is
        return told(error, debug="--debug" in arguments)
    except SystemExit:
        # Where whoever read our output has left (`| head`), click puts another in its place and
        # ends with 1. But nothing is wrong, and there is nobody to tell.
        if sys.stdout is not out:
            return 0
        raise
    return 0


def told(error: BaseException, *, debug: bool = False) -> int:
    """Tell in a sentence what ended a command, and return the exit code.

    With ``debug``, what is an error of ours is raised instead.
    """
    match error:
        case click.ClickException():
            error.show()
            return error.exit_code
        case click.Abort() | KeyboardInterrupt():
            _say("Stopped.")
            return 130
        case BrokenPipeError():
            # The same, without click around it.
            sys.stderr.close()
            return 0
    if debug:
        raise error
    if not isinstance(error, WarmstartError):
        _unexpected(error)
        return 70  # EX_SOFTWARE
    _say(str(error))
    if isinstance(error, SearchError):
        _point(error)
    return error.exit_code


def _say(sentence: str) -> None:
    from warmstart.text import safe

    click.echo(safe(sentence), err=True)


def _point(error: SearchError) -> None:
    """Show the characters of the search that the error is about."""
    from warmstart.text import pointed

    click.echo(pointed(error.query, error.start, error.end), err=True)


def _unexpected(error: BaseException) -> None:
    """Keep the traceback where it can be found, and say so in a sentence."""
    import traceback

    from warmstart.paths import home

    log = home().log
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"warmstart {__version__}: {' '.join(sys.argv[1:])}\n")
            traceback.print_exception(error, file=file)
        where = f"The details are in {log}."
    except OSError:
        where = "Run it again with --debug to see the details."
    _say(f"Something went wrong that should not have ({type(error).__name__}: {error}). {where}")
