"""The commands as Typer knows them; the module of each is imported when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from analyzer.cli import front

if TYPE_CHECKING:
    from collections.abc import Callable


def _command(name: str) -> Any:
    """Typer's own command, made of the function NAME in the module of that name."""
    module = import_module(f"analyzer.cli.{name}")
    function: Callable[..., None] = getattr(module, name)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, epilog=getattr(module, "EPILOG", None))(function)
    return typer.main.get_command(alone)


class Commands(TyperGroup):
    """Those of the front page."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the same in whatever context
        """The names, in the order of the front page."""
        return list(front.COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the same in whatever context
        """The command, or None if there is none of that name."""
        return _command(cmd_name) if cmd_name in front.COMMANDS else None

    def get_help(self, ctx: Any) -> str:  # noqa: ARG002 - the same in whatever context
        """The front page."""
        return front.page().rstrip()


app = typer.Typer(
    name="fsnap-diagnose",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from analyzer import __version__

        typer.echo(f"fsnap-diagnose {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=front.OPTIONS["--version"])
    ] = False,
) -> None:
    """The front page is shown instead of this."""
    del version
