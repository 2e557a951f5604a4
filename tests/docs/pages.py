"""Pages of the documentation: their code blocks, and a reader who tries them in order.

Blocks of `bash` and `python` are run, except where `<!-- not run: REASON -->` stands above one. What a `text` block
shows has to be printed by the block before it, line by line; a line `...` stands for any number of lines.
"""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp_toolkit_cli.main import run

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    str(path.relative_to(ROOT))
    for path in [*ROOT.glob("*.md"), *ROOT.glob("examples/*.md"), *ROOT.glob("docs/**/*.md")]
)
_BLOCK = re.compile(r"^(?:<!-- not run: (?P<reason>.+?) -->\n)?```(?P<language>\w+)\n(?P<code>.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its code, its line in the page, and why it is not run, if it is not."""

    language: str
    code: str
    line: int
    reason: str | None = None


def page_text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, *languages: str) -> list[Block]:
    """The fenced blocks of these languages (of all, where none is named), in order."""
    text = page_text(page)
    return [
        Block(match["language"], match["code"], text.count("\n", 0, match.start("code")) + 1, match["reason"])
        for match in _BLOCK.finditer(text)
        if not languages or match["language"] in languages
    ]


def commands(block: Block) -> list[str]:
    """The commands of a shell block, continued lines joined, without comments."""
    lines = re.sub(r"\\\n\s*", " ", block.code).splitlines()
    bare = (re.sub(r"(^|\s+)#.*$", "", line) for line in lines)
    return [line for line in bare if line.strip()]


def check_shown(expected: str, printed: str, place: str) -> None:
    """Raise `AssertionError` unless the lines shown were printed, in this order."""
    lines = [line.rstrip() for line in printed.splitlines()]
    position, gap = 0, True
    for wanted in (line.rstrip() for line in expected.splitlines()):
        if wanted.strip() == "...":
            gap = True
            continue
        found = [n for n in range(position, len(lines)) if lines[n] == wanted] if gap else [position]
        assert found and lines[found[0] : found[0] + 1] == [wanted], (
            f"{place} shows {wanted!r}; printed was:\n{printed}"
        )
        position, gap = found[0] + 1, False


@contextlib.contextmanager
def standard_input(text: str) -> Iterator[None]:
    """`text` on this process's stdin."""
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8")
    try:
        yield
    finally:
        sys.stdin = before


class Reader:
    """Runs blocks in the present folder: Python and commands of the toolkit in this process, the rest by bash."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__"}

    def read(self, page: str) -> str:
        """Try a page from top to bottom; everything it printed."""
        everything, latest = "", ""
        for block in blocks(page, "bash", "python", "text"):
            place = f"{page}, line {block.line}"
            if block.language == "text":
                check_shown(block.code, latest, place)
            elif block.reason is None:
                latest = self.shell(block) if block.language == "bash" else self.python(block, place)
                everything += latest
        return everything

    def python(self, block: Block, place: str) -> str:
        """Run Python code that sees what earlier blocks defined."""
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile("\n" * (block.line - 1) + block.code, place, "exec"), self.names)
        return printed.getvalue()

    def shell(self, block: Block) -> str:
        """Run commands one by one; the first that fails is an `AssertionError` with what it said."""
        return "".join(map(self._command, commands(block)))

    def _command(self, command: str) -> str:
        words = _words(command)
        if words[0] != "nlp-toolkit" and "|" not in words:
            return self._by_bash(command)
        stdin, first_lines = "", None
        if words[0] == "echo":
            stdin, words = " ".join(words[1 : words.index("|")]) + "\n", words[words.index("|") + 1 :]
        if words[-3:-1] == ["|", "head"]:
            first_lines, words = int(words[-1].removeprefix("-")), words[:-3]
        if words[-2] == "<":
            stdin, words = Path(words[-1]).read_text(encoding="utf-8"), words[:-2]
        program, *arguments = words
        left = {"|", "<", ">", "&", ";"} & set(words) or re.search(r"[$`]", command)
        assert program == "nlp-toolkit" and not left, f"only echo, < and head are understood beside it: {command}"
        printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")  # some results are written as bytes
        said = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said), standard_input(stdin):
            code = run(arguments)
        assert code == 0, f"{command}\n{said.getvalue()}"
        printed.seek(0)
        return "".join(list(printed)[:first_lines])

    def _by_bash(self, command: str) -> str:
        environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        return done.stdout


def _words(command: str) -> list[str]:
    """The words of a command, those that join commands among them; what is quoted is one word."""
    parts = shlex.shlex(command, posix=True, punctuation_chars=True)
    parts.whitespace_split = True
    return list(parts)
