"""The one way to run git: asks a hostile repository for objects and the index without running anything of it.

A repository's own configuration can name commands: file-system monitors, hooks, filters, text converters, external
diffs, signature checkers, pagers, credential helpers, remote helpers that a missing object starts. Each is switched
off on the command line or in the environment, which outrank the repository, and only sub-commands that neither read nor
write a working-tree file through a filter are let through. What is read from the objects is the caller's business.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO

from auditor.errors import GitError

__all__ = ["GitProcess", "check_command", "is_repository", "popen", "run_git", "safe_environment"]

TIMEOUT_SECONDS = 120.0

# Outranks the repository's configuration. A more specific key of the repository (`protocol.file.allow`) can outrank a
# general one here, so that networks are closed again in the environment, which outranks both.
_CONFIG = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    f"core.attributesFile={os.devnull}",
    f"core.excludesFile={os.devnull}",
    "core.pager=cat",
    "core.editor=false",
    "core.sshCommand=false",
    "core.gitProxy=none",
    "core.alternateRefsCommand=true",
    "core.quotePath=false",
    "core.untrackedCache=false",
    "credential.helper=",
    "protocol.allow=never",
    "gpg.program=false",
    "gpg.openpgp.program=false",
    "gpg.ssh.program=false",
    "gpg.x509.program=false",
    "log.showSignature=false",
    "log.showRoot=true",
    "log.mailmap=false",
    "diff.external=",
    "diff.submodule=short",
    "diff.ignoreSubmodules=all",
    "diff.autoRefreshIndex=false",
    f"diff.orderFile={os.devnull}",
    "diff.relative=false",
    "core.commitGraph=false",  # a file of the repository's that may tell of other parents than the commits do
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "maintenance.auto=false",
    "gc.auto=0",
    "core.packedGitWindowSize=1m",  # a pack may be larger than what a reader should take of memory
    "core.packedGitLimit=16m",
    "core.deltaBaseCacheLimit=16m",
    "core.bigFileThreshold=16m",
    "color.ui=false",
    "safe.directory=*",  # a checkout of another user (a container's) is fine to read: nothing of it runs
)

_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,  # history as it is, not as the repository pretends
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_PROTOCOL_FROM_USER": "0",
    "GIT_SSH_COMMAND": "false",
    "GIT_ASKPASS": "false",
    "SSH_ASKPASS": "false",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "false",
    "LC_ALL": "C",
}

_PLAIN = frozenset(
    {
        "cat-file",
        "check-ignore",
        "for-each-ref",
        "ls-files",
        "ls-tree",
        "merge-base",
        "rev-list",
        "rev-parse",
        "show-ref",
    }
    | {"symbolic-ref", "version", "fsck", "count-objects"}
)
_DIFFING = frozenset({"diff", "diff-files", "diff-index", "diff-tree", "log", "show"})
_SAFE_DIFF = ("--no-ext-diff", "--no-textconv", "--ignore-submodules=all")
# Options that would send contents through a filter or converter, or write to a place of the caller's arguments' choice.
_FORBIDDEN = ("--textconv", "--ext-diff", "--filters", "--output", "--no-index", "--show-signature", "--lost-found")


@lru_cache(maxsize=1)
def _git() -> str:
    found = shutil.which("git")
    if found is None:
        raise GitError("git is not installed or not on PATH: install it, or audit without git options")
    return str(Path(found).absolute())


def safe_environment(keep_index: bool = False) -> dict[str, str]:
    """The environment for git: no inherited `GIT_*`, no user or system configuration, no network, no prompt.

    Args:
        keep_index: Keep `GIT_INDEX_FILE`, which git sets for its hooks when a commit is made from a temporary index.
    """
    environment = {name: value for name, value in os.environ.items() if not name.upper().startswith("GIT_")}
    if keep_index and "GIT_INDEX_FILE" in os.environ:
        environment["GIT_INDEX_FILE"] = os.environ["GIT_INDEX_FILE"]
    return {**environment, **_ENVIRONMENT}


def _without_filters(repo: Path, name: str) -> dict[str, str]:
    """Environment that empties every filter which the repository's configuration defines.

    By environment and not by `-c`, because a filter's name may hold any character.
    """
    if name not in _DIFFING:  # showing a difference may read the working tree instead of the object
        return {}
    command = [_git(), "config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.(clean|smudge|process|required)$"]
    try:
        listed = subprocess.run(  # noqa: S603 - as below; reads configuration only
            command,
            cwd=repo,
            env=safe_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        raise GitError(f"git cannot be run in {repo}") from None
    if listed.returncode not in {0, 1}:  # 1: there are none
        raise GitError(f"git config failed: {_first_line(listed.stderr)}")
    names = sorted({n.decode("utf-8", "surrogateescape") for n in listed.stdout.split(b"\0") if n})
    settings = {"GIT_CONFIG_COUNT": str(len(names))}
    for number, key in enumerate(names):
        settings[f"GIT_CONFIG_KEY_{number}"] = key
        settings[f"GIT_CONFIG_VALUE_{number}"] = "false" if key.endswith(".required") else ""
    return settings


def check_command(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments made safe.

    Raises:
        GitError: the sub-command or an option of it could run something of the repository or change it.
    """
    if not arguments:
        raise GitError("no git command given")
    name, rest = arguments[0], arguments[1:]
    options = (
        [a for a in rest[: rest.index("--")] if a.startswith("-")]
        if "--" in rest
        else [a for a in rest if a.startswith("-")]
    )
    for option in options:
        if option.split("=", 1)[0] in _FORBIDDEN:
            raise GitError(f"git {name} {option.split('=', 1)[0]} is not allowed on an untrusted repository")
    if name in _PLAIN:
        if name == "ls-files" and any(o in {"-m", "--modified"} for o in options):
            raise GitError("git ls-files --modified is not allowed on an untrusted repository")
        return arguments
    if name in _DIFFING:
        _refuse_working_tree(name, options, rest)
        return (name, *_SAFE_DIFF, *rest)
    raise GitError(f"git {name} is not allowed on an untrusted repository")


def _refuse_working_tree(name: str, options: list[str], rest: tuple[str, ...]) -> None:
    """Comparing a working-tree file's contents runs its clean filter: only names and states may be asked for."""
    cached = any(o in {"--cached", "--staged"} for o in options)
    names_only = any(o in {"--name-only", "--name-status", "--raw"} for o in options)
    if name == "diff-files" and not names_only:
        raise GitError("git diff-files is allowed with --name-only, --name-status or --raw only")
    if name == "diff-index" and not (cached or names_only):
        raise GitError("git diff-index needs --cached")
    revisions = [a for a in (rest[: rest.index("--")] if "--" in rest else rest) if not a.startswith("-")]
    if name == "diff" and not (cached or len(revisions) == 2 or any(".." in a for a in revisions)):
        raise GitError("git diff needs --cached or two revisions")


def _command(arguments: tuple[str, ...]) -> list[str]:
    command = [_git(), "--no-pager", "--no-replace-objects"]
    for setting in _CONFIG:
        command += ["-c", setting]
    return [*command, *check_command(arguments)]


def run_git(
    repo: Path, *arguments: str, input: bytes | None = None, timeout: float = TIMEOUT_SECONDS, keep_index: bool = False
) -> bytes:
    """Run one git command in `repo` and return its standard output.

    Args:
        repo: A folder of the work tree, or a bare repository.
        arguments: Sub-command and its arguments; `check_command` says what is allowed.
        input: What it gets on standard input.
        timeout: Seconds until it is stopped.
        keep_index: See `safe_environment`.

    Raises:
        GitError: not allowed, git is missing, it failed (with git's first line), or it took too long.
    """
    command = _command(arguments)
    try:
        done = subprocess.run(  # noqa: S603 - an absolute path, arguments checked above, no shell
            command,
            cwd=repo,
            env={**safe_environment(keep_index), **_without_filters(repo, arguments[0])},
            input=input if input is not None else b"",
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GitError(f"git {arguments[0]} took longer than {timeout:.0f} s") from None
    except OSError as error:
        raise GitError(f"git cannot be run in {repo}: {error.strerror or error}") from None
    if done.returncode != 0:
        raise GitError(f"git {arguments[0]} failed: {_first_line(done.stderr) or f'exit code {done.returncode}'}")
    return done.stdout


def _first_line(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    text = next((line for line in lines if not line.startswith("warning:")), lines[0] if lines else "")
    return "".join(c for c in text if c.isprintable())[:300]


class GitProcess:
    """A running git command: write to `stdin`, read from `stdout`. Made by `popen`."""

    def __init__(self, process: subprocess.Popen[bytes], name: str) -> None:
        self._process = process
        self._name = name

    @property
    def stdin(self) -> IO[bytes]:
        """What the command reads."""
        stream = self._process.stdin
        if stream is None:
            raise GitError(f"git {self._name} has no standard input")
        return stream

    @property
    def stdout(self) -> IO[bytes]:
        """What the command writes."""
        stream = self._process.stdout
        if stream is None:
            raise GitError(f"git {self._name} has no standard output")
        return stream

    def finish(self) -> None:
        """Wait for the end of a command whose output was read to the end.

        Raises:
            GitError: it failed.
        """
        if self._process.wait(timeout=TIMEOUT_SECONDS) != 0:
            raise GitError(f"git {self._name} failed with exit code {self._process.returncode}")


@contextmanager
def popen(repo: Path, *arguments: str, feed: bool = False, keep_index: bool = False) -> Iterator[GitProcess]:
    """Run one git command as a stream; it is stopped when the block is left.

    Args:
        repo: A folder of the work tree, or a bare repository.
        arguments: Sub-command and its arguments; `check_command` says what is allowed.
        feed: The block will write to the command's standard input.
        keep_index: See `safe_environment`.

    Raises:
        GitError: not allowed, or git cannot be run.
    """
    command = _command(arguments)
    try:
        process = subprocess.Popen(  # noqa: S603 - an absolute path, arguments checked above, no shell
            command,
            cwd=repo,
            env={**safe_environment(keep_index), **_without_filters(repo, arguments[0])},
            stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=1 << 20,
        )
    except OSError as error:
        raise GitError(f"git cannot be run in {repo}: {error.strerror or error}") from None
    try:
        yield GitProcess(process, arguments[0])
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    # The process goes first: a thread that still writes to it holds the stream's lock until the pipe breaks.
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):  # the other end went first: nothing is lost
                stream.close()


def is_repository(path: Path) -> bool:
    """Whether `path` lies in a git work tree or is a bare repository, and git is there to read it."""
    try:
        run_git(path, "rev-parse", "--git-dir", timeout=20)
    except GitError:
        return False
    return True
