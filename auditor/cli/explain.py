"""`auditor explain ID`: what a check finds, why it matters, what to do, with its examples; offline."""

from __future__ import annotations

import click

from auditor.cli.common import echo, talk_options, terminal_width, use_color


@click.command(name="explain", epilog="Example: auditor explain missing-output-cap")
@click.argument("id_", metavar="ID")
@talk_options
def command(id_: str, quiet: bool, verbose: int) -> int:
    """Explain the check ID: what it finds, why that matters, what to do, and its examples."""
    from auditor import registry, suppress
    from auditor.docs import check_page, meta_check_page

    page = meta_check_page(id_) if id_ in suppress.META else check_page(registry.load().get(id_))
    if use_color():
        import io

        from rich.console import Console
        from rich.markdown import Markdown

        out = io.StringIO()
        Console(file=out, width=terminal_width(), force_terminal=True).print(Markdown(page))
        page = out.getvalue()
    echo(page)
    return 0
