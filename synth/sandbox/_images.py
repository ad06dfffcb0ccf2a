"""A container engine goes in, the name of an image in it comes out: made here from nothing, without a pull.

The image holds folders to mount on and this machine's usual links (/bin -> usr/bin); the system itself is
bound read-only when a container runs.
"""

from __future__ import annotations

import functools
import hashlib
import io
import os
import subprocess
import tarfile

from synth.errors import SandboxError

SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_FOLDERS = ("dev", "etc", "job", "job/inputs", "job/out", "proc", "run", "sys", "tmp", "usr")
_WRITTEN = {"job/out", "tmp"}


def skeleton() -> bytes:
    """Return the tar of the empty image: the same bytes on every machine with the same links."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in _FOLDERS:
            folder = tarfile.TarInfo(name)
            # podman gives a tmpfs the mode of the folder that it covers
            folder.type, folder.mode = tarfile.DIRTYPE, 0o1777 if name in _WRITTEN else 0o755
            tar.addfile(folder)
        for place in SYSTEM:
            if not os.path.lexists(place):
                continue
            entry = tarfile.TarInfo(place[1:])
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            if os.path.islink(place):
                entry.type, entry.linkname = tarfile.SYMTYPE, os.readlink(place)
            tar.addfile(entry)
    return made.getvalue()


@functools.cache
def empty_image(engine: tuple[str, ...]) -> str:
    """Return the name of the empty image in ``engine``, made where it is not there yet.

    Raises SandboxError where the engine cannot be asked or takes no image.
    """
    content = skeleton()
    name = f"localhost/synth-seal:{hashlib.sha256(content).hexdigest()[:16]}"
    if asked(engine, "image", "inspect", "--format", "{{.Id}}", name).returncode == 0:
        return name
    made = asked(engine, "import", "-", name, given=content)
    if made.returncode != 0:
        raise SandboxError(
            f"{os.path.basename(engine[0])} takes no image: {last_line(made.stderr)}",
            remedy="run `synth doctor`",
        )
    return name


def asked(engine: tuple[str, ...], *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Ask ``engine`` something short; an exit code other than 0 is an answer, too.

    Raises SandboxError where it does not answer within 30 s.
    """
    try:
        return subprocess.run([*engine, *words], input=given, capture_output=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SandboxError(f"{engine[0]} does not answer: {error}", remedy="restart it") from error


def last_line(said: bytes) -> str:
    """Return the last line that an engine printed, printable and of 300 characters at most."""
    lines = said.decode(errors="replace").strip().splitlines()
    return "".join(c if c.isprintable() else " " for c in lines[-1][:300]) if lines else "it said nothing"
