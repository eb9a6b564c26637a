"""The command line: translates options to a configuration, calls the pipeline, renders, and sets the exit code."""

from __future__ import annotations

import gc
import importlib
import sys

import click

import auditor
from auditor.errors import AuditorError, UsageError

COMMANDS = ("scan", "fix", "cost", "checks", "explain", "init", "baseline", "attest", "plan", "probe")


class _Lazy(click.Group):
    """Imports a command's module only when that command is asked for: `--staged` has a second for everything."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"auditor.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            if near and "No such command" in error.format_message():
                raise click.UsageError(f"no such command {args[0]!r} (did you mean {near[0]!r}?)", ctx) from None
            raise


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: auditor scan . --fail-on major",
    no_args_is_help=True,
)
@click.version_option(auditor.__version__, "--version", prog_name="auditor")
def cli() -> None:
    """Is this repository ready to move from free LLM credits to paid production?

    Finds keys, paid calls, schedules, free tiers and what bounds them; scores the repository; proposes rewrites.
    Reads only: runs nothing of the repository and uses no network.
    """


def main() -> None:
    """Run the command line and exit with the documented code: 0 passes, 1 fails, 2 wrong usage, 3 incomplete."""
    # An audit builds millions of small objects that all live to its end: looking for cycles among them doubles its time.
    gc.disable()
    try:
        code = cli.main(standalone_mode=False, prog_name="auditor")
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        code = 0
    except click.ClickException as error:
        error.show()
        code = 2
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.Abort:
        click.echo("auditor: interrupted", err=True)
        code = 130
    except UsageError as error:
        click.echo(f"auditor: {error}", err=True)
        code = 2
    except AuditorError as error:
        click.echo(f"auditor: {error}", err=True)
        code = 3
    except BrokenPipeError:
        sys.stderr.close()
        code = 3
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        import os

        if os.environ.get("AUDITOR_DEBUG"):
            raise
        place = _place(error)
        click.echo(f"auditor: internal error, the audit is incomplete: {type(error).__name__} at {place}", err=True)
        code = 3
    # The system takes the memory back at once; looking through it for cycles on the way out costs a second on big trees.
    gc.freeze()
    sys.exit(code if isinstance(code, int) else 0)


def _place(error: BaseException) -> str:
    """Where in this program an error came from; never its message, which may quote the audited repository."""
    trace = error.__traceback__
    place = "unknown place"
    while trace is not None:
        code = trace.tb_frame.f_code
        if "auditor" in code.co_filename or "checks" in code.co_filename:
            place = f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    return place
