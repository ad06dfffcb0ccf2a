"""The written word against the code: run by ``make docs``; ``--write`` regenerates the reference.

Checks that docs/reference/commands.md equals what ``--help`` prints, that every ``synth …`` line in a
code block names a command and options that exist, that links lead somewhere, that every module has a
word in the README's tree, and that the figures between ``bench`` marks name their script.
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import typer
from typer.testing import CliRunner

from synth.cli import app

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference" / "commands.md"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))


def commands() -> dict[str, str]:
    """Return the help text of every command, by name; "" is synth itself."""
    runner = CliRunner(env={"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"})
    listed = typer.main.get_command(app)
    names = [""]
    for name, command in sorted(getattr(listed, "commands", {}).items()):
        names += [name, *(f"{name} {part}" for part in sorted(getattr(command, "commands", {})))]
    return {name: runner.invoke(app, [*name.split(), "--help"]).output.strip() for name in names}


def reference(texts: dict[str, str]) -> str:
    """Return the page of commands as it must stand."""
    parts = ["# Commands\n\nWhat `--help` prints; written by `python docs/check.py --write`.\n"]
    for name, text in texts.items():
        lines = "\n".join(line.rstrip() for line in text.splitlines())
        parts.append(f"## `synth{' ' if name else ''}{name}`\n\n```text\n{lines}\n```\n")
    return "\n".join(parts)


def wrong_commands(page: Path, texts: dict[str, str]) -> list[str]:
    """Return the ``synth`` lines of a page's code blocks that no command would take."""
    found = []
    for block in re.findall(r"```(?:sh|bash|console)\n(.*?)```", page.read_text(encoding="utf-8"), re.S):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if not words or words[0] != "synth" or len(words) < 2 or words[1].startswith("-"):
                continue
            name = next((n for n in (" ".join(words[1:3]), words[1]) if n in texts), "")
            if not name or (any(n.startswith(f"{name} ") for n in texts) and len(words) > 2):
                found.append(f"{page.name}: no command: {line}")
                continue
            options = [w.partition("=")[0] for w in words[2:] if re.match(r"--?[a-z]", w)]
            found += [f"{page.name}: no option {o}: {line}" for o in options if o not in texts[name]]
    return found


def dead_links(page: Path) -> list[str]:
    """Return the relative links of a page that lead nowhere."""
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    return [f"{page.name}: dead link {link}" for link in links if not (page.parent / link).exists()]


def untold_modules() -> list[str]:
    """Return the modules and top folders that the README's tree leaves out."""
    tree = (ROOT / "README.md").read_text(encoding="utf-8").rpartition("```text")[2]
    parts = [p for p in sorted((ROOT / "synth").iterdir()) if not p.name.startswith("_")]
    names = [p.name for p in parts if p.suffix == ".py" or (p.is_dir() and p.name != "__pycache__")]
    names += ["schemas", "reports", "tests", "training", "bench", "docs"]
    return [
        f"README.md: the tree has no word on {name}" for name in names if name.removesuffix("/") not in tree
    ]


def missing_scripts(page: Path) -> list[str]:
    """Return the bench scripts that a page names and that do not exist."""
    named = set(re.findall(r"\b((?:bench|training)/\w+\.py)", page.read_text(encoding="utf-8")))
    return [f"{page.name}: no script {name}" for name in sorted(named) if not (ROOT / name).is_file()]


def main() -> int:
    """Print what is wrong, one line each; return 1 if anything is."""
    texts = commands()
    if "--write" in sys.argv:
        REFERENCE.parent.mkdir(parents=True, exist_ok=True)
        REFERENCE.write_text(reference(texts), encoding="utf-8")
    wrong = (
        []
        if REFERENCE.exists() and REFERENCE.read_text(encoding="utf-8") == reference(texts)
        else ["docs/reference/commands.md is not what --help prints: run python docs/check.py --write"]
    )
    for page in PAGES:
        wrong += [*wrong_commands(page, texts), *dead_links(page), *missing_scripts(page)]
    wrong += untold_modules()
    for line in wrong:
        print(line)
    print(f"{len(PAGES)} pages, {len(texts)} commands, {len(wrong)} faults")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
