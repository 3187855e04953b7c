"""The command line: click only; each command imports its work when it is called."""

from __future__ import annotations

import os
from importlib import import_module

import click

from pcard import __version__

# In the order a month goes. Each name is `cli/<module>.py`, whose `command` is the click command.
COMMANDS = {
    "demo": "demo",
    "init": "init",
    "import": "import_",
    "reconcile": "reconcile",
    "statement": "statement",
    "status": "status",
    "match": "match",
    "check": "check",
    "rebate": "rebate",
    "link": "link",
    "unlink": "unlink",
    "decide": "decide",
    "waive": "waive",
    "undo": "undo",
    "explain": "explain",
    "report": "report",
    "export": "export",
    "policy": "policy",
    "profile": "profile",
    "vendors": "vendors",
    "audit": "audit",
    "plugins": "plugins",
}


class Commands(click.Group):
    """The group of all commands; a module is imported when its name is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """List the commands in the order a month goes."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"pcard.cli.{COMMANDS[cmd_name]}").command
        assert isinstance(command, click.Command)  # noqa: S101  a mistake of ours, caught by the tests
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say which command was probably meant."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else " See 'pcard --help'."
            ctx.fail(f"there is no command '{name}'.{hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="pcard")
def main() -> None:
    """Reconcile purchasing cards, check them against policy, recompute the rebate.

    Start with 'pcard demo' to see a month, or 'pcard init DIR' for your own.
    """
    # Before polars is loaded: what its allocator is done with goes back soon, as the next step needs the room.
    os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:200,muzzy_decay_ms:0")
