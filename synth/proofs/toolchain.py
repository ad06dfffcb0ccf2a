"""A folder, or nothing, in; the user's Lean toolchain with its checkers out, or what is lacking.

Only the user's own ``elan`` and ``lean`` are asked, from the root folder, so that no ``lean-toolchain`` file
of a stranger chooses the version.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from synth.errors import InputError

INSTALL = "install one: curl https://elan.lean-lang.org/elan-init.sh -sSf | sh -s -- -y"
_VERSION = re.compile(r"version (\d{1,3}\.\d{1,3}\.\d{1,3}(?:-[\w.-]{1,40})?)")
_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Why no proof can be checked on this machine, and the line that mends it."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """A Lean 4 toolchain: ``root`` holds bin/lean and bin/lake; ``version`` is Lean's ("4.29.0").

    ``replayer`` is leanchecker (in toolchains since 4.28) or lean4checker, ``comparator`` and ``exporter``
    (lean4export) are the user's builds; None where absent. ``libraries`` are folders of compiled packages of
    the user's project, ``imports`` the root modules in them (Mathlib, Batteries).
    """

    root: Path
    version: str
    replayer: Path | None = None
    comparator: Path | None = None
    exporter: Path | None = None
    libraries: tuple[Path, ...] = ()
    imports: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What a lean-toolchain file would say."""
        _, nightly, day = self.version.partition("-nightly-")
        return f"leanprover/lean4:nightly-{day}" if nightly else f"leanprover/lean4:v{self.version}"


def find(
    explicit: Path | None,
    *,
    environ: Mapping[str, str],
    comparator: Path | None = None,
    project: Path | None = None,
) -> Toolchain | Lack:
    """Return the toolchain at ``explicit``, else LEAN_SYSROOT, else elan's, else PATH's; or what is lacking.

    ``project`` is a built Lake project whose packages a proof may import. Raises InputError where a folder
    that was named is not what it should be.
    """
    path = environ.get("PATH", "")
    root = _root(explicit, environ)
    if root is None:
        return Lack(what="no Lean 4 toolchain", remedy=INSTALL)
    lean = root / "bin" / "lean"
    if not lean.is_file() or not (root / "bin" / "lake").is_file():
        return _absent(explicit, root)
    version = _VERSION.search(_printed([str(lean), "--version"], environ))
    if version is None or not version[1].startswith("4."):
        return Lack(what=f"{lean} is no Lean 4", remedy=INSTALL)
    libraries = () if project is None else _libraries(project)
    return Toolchain(
        root=root,
        version=version[1],
        replayer=_program("leanchecker", root, path) or _program("lean4checker", root, path),
        comparator=_named(comparator) if comparator else _program("comparator", root, path),
        exporter=_program("lean4export", comparator.parent if comparator else root, path),
        libraries=libraries,
        imports=_imports(libraries),
    )


def _root(explicit: Path | None, environ: Mapping[str, str]) -> Path | None:
    if explicit is not None:
        return explicit.resolve()
    if environ.get("LEAN_SYSROOT"):
        return Path(environ["LEAN_SYSROOT"]).resolve()
    path = environ.get("PATH", "")
    elan = shutil.which("elan", path=path)
    lean = _printed([elan, "which", "lean"], environ).strip() if elan else shutil.which("lean", path=path)
    return Path(lean).resolve().parent.parent if lean else None


def _absent(explicit: Path | None, root: Path) -> Lack:
    if explicit is not None:
        raise InputError(
            f"{root} holds no bin/lean and bin/lake",
            remedy="name the folder that `lean --print-prefix` prints",
        )
    return Lack(what=f"no Lean 4 toolchain in {root}", remedy=INSTALL)


def _printed(command: list[str], environ: Mapping[str, str]) -> str:
    """Return what a program of the user's printed, "" where it failed, hung or cannot be started."""
    passed = {name: environ[name] for name in ("PATH", "HOME", "ELAN_HOME") if name in environ}
    try:
        done = subprocess.run(
            command,
            cwd="/",
            env=passed,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout[:4096].decode("utf-8", "replace") if done.returncode == 0 else ""


def _program(name: str, near: Path, path: str) -> Path | None:
    for place in (near / "bin" / name, near / name):
        if place.is_file():
            return place.resolve()
    found = shutil.which(name, path=path)
    # elan's own proxies stand in PATH under the tools' names even where the toolchain has no such tool
    resolved = Path(found).resolve() if found else None
    return None if resolved is None or resolved.name == "elan" else resolved


def _named(program: Path) -> Path:
    if not program.is_file():
        raise InputError(f"{program} is no program", remedy="name the built comparator binary")
    return program.resolve()


def _libraries(project: Path) -> tuple[Path, ...]:
    """Return the folders of compiled modules of the project's packages (lib, since 2025 lib/lean)."""
    packages = sorted((project / ".lake" / "packages").glob("*"))
    built = [p / ".lake" / "build" / "lib" for p in packages]
    found = [place / "lean" if (place / "lean").is_dir() else place for place in built if place.is_dir()]
    if not found:
        raise InputError(
            f"{project} has no built packages",
            remedy="run `lake exe cache get && lake build` there, outside synth",
        )
    return tuple(place.resolve() for place in found)


def _imports(libraries: tuple[Path, ...]) -> tuple[str, ...]:
    return tuple(sorted({file.stem for place in libraries for file in place.glob("*.olean")}))
