"""What a seal said when it did not start goes in, the cause and the line that mends it come out."""

from __future__ import annotations

from synth.sandbox import Lack

INSTALL = "apt install bubblewrap, dnf install bubblewrap or pacman -S bubblewrap"
_APPARMOR = (
    "AppArmor keeps ordinary users from making namespaces (Ubuntu 23.10 and later)",
    "sudo apt install apparmor-profiles && sudo cp /usr/share/apparmor/extra-profiles/bwrap-userns-restrict "
    "/etc/apparmor.d/ && sudo apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict",
)
_SWITCHED_OFF = (
    "this kernel does not let ordinary users make namespaces",
    "sudo sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000",
)
_CONTAINER = (
    "a container around synth keeps the seal from mounting its own /proc",
    "start that container with --security-opt seccomp=unconfined --security-opt systempaths=unconfined, "
    "or run synth outside it",
)
_NO_SECCOMP = ("this kernel cannot load the seal's filter", "run a kernel with CONFIG_SECCOMP_FILTER")
_CAUSES = (
    ("setting up uid map: Permission denied", _APPARMOR),
    ("Failed RTM_NEWADDR", _APPARMOR),
    ("No permissions to creat", _SWITCHED_OFF),
    ("Creating new namespace failed", _SWITCHED_OFF),
    ("need to enable", _SWITCHED_OFF),
    ("mount proc", _CONTAINER),
    ("prctl(PR_SET_SECCOMP)", _NO_SECCOMP),
)


def cause(said: str) -> Lack:
    """Return the known cause of what bubblewrap ``said``, else its own last words."""
    for words, (what, remedy) in _CAUSES:
        if words in said:
            return Lack(what=what, remedy=remedy)
    last = said.strip().splitlines()[-1] if said.strip() else "it said nothing"
    return Lack(what=f"bubblewrap did not start: {last[:200]}", remedy=INSTALL)
