"""What several commands share: opening a tree, finding the configuration, writing output, common options."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

import auditor
from auditor.config import Config, load_config
from auditor.errors import UsageError
from auditor.lazily import dataclass

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Place:
    """What a command works on: the root folder and, within it, the files or folders asked for (empty: all)."""

    root: Path
    only: tuple[str, ...] = ()


def talk_options(function: F) -> F:
    """Add `-q`, `-v` and `--version` to a command."""
    function = click.option("-q", "--quiet", is_flag=True, help="Print only what decides the outcome.")(function)
    function = click.option("-v", "--verbose", count=True, help="Say more; twice for everything.")(function)
    return click.version_option(auditor.__version__, "--version", prog_name="auditor")(function)


def config_option(function: F) -> F:
    """Add `--config FILE` to a command."""
    return click.option("--config", "config_file", metavar="FILE", help="Configuration file to use.")(function)


def locate(paths: tuple[str, ...]) -> Place:
    """The root and the selection that the PATH arguments mean.

    One folder is the root itself. Files, or several paths, are a selection below the current folder (or below their
    common folder, where they lie outside it).

    Raises:
        UsageError: a path does not exist.
    """
    if not paths:
        return Place(Path())
    for path in paths:
        if not Path(path).exists():
            raise UsageError(f"{path}: no such file or folder")
    if len(paths) == 1 and Path(paths[0]).is_dir():
        return Place(Path(paths[0]))
    here = Path.cwd().resolve()
    resolved = [Path(os.path.abspath(p)) for p in paths]  # noqa: PTH100 - resolve() would follow links out of the tree
    if not all(p.is_relative_to(here) for p in resolved):
        here = Path(os.path.commonpath([p if p.is_dir() else p.parent for p in resolved]))
    return Place(here, tuple(p.relative_to(here).as_posix() for p in resolved))


def configuration(root: Path, explicit: str | None) -> Config:
    """The configuration of the repository, or of the file that the user names.

    Raises:
        ConfigError: it cannot be used.
    """
    if explicit is not None:
        return load_config({explicit: _text(Path(explicit))}, explicit)
    names = (".auditor.yaml", ".auditor.yml", "pyproject.toml")
    return load_config({name: _text(root / name) for name in names})


def _text(path: Path) -> str | None:
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve()):
            return None
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None


def write_atomically(path: Path, text: str) -> None:
    """Write a file whole or not at all. A device or a pipe is written to: a file in its place would take it from everyone.

    Raises:
        UsageError: the folder does not exist or cannot be written.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        try:
            path.write_text(text, "utf-8", errors="surrogateescape", newline="")
        except OSError as error:
            raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
        return
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(text)
        mode = path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~_umask()
        Path(name).chmod(mode)
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def echo(text: str) -> None:
    """Print to standard output; what the terminal's encoding cannot say is escaped."""
    stream = sys.stdout
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
    stream.write(text)
    stream.flush()


def use_color() -> bool:
    """Whether standard output takes colours: a terminal, and NO_COLOR is not set."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty()


def terminal_width() -> int:
    """Columns of the terminal, 100 where there is none."""
    import shutil

    return max(60, min(shutil.get_terminal_size((100, 24)).columns, 160))
