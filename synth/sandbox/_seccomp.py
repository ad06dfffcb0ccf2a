"""The machine's kind goes in, the seccomp filter that every process of a seal runs under comes out.

A deny list of what a computation does not need; all else is allowed. What is not known to libseccomp is not
in the kernels it was made for and is left out. Calls of another architecture (32-bit, x32) end the process.
"""

from __future__ import annotations

import errno
import functools
import tempfile
from typing import Any

from synth.sandbox import Lack

REFUSED = (
    # mounts, roots and namespaces
    "mount", "umount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsconfig",
    "fsmount", "fspick", "mount_setattr", "setns", "unshare",
    # other processes' memory, files by handle, faults served by a program
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd",
    "open_by_handle_at", "name_to_handle_at", "userfaultfd", "fanotify_init", "lookup_dcookie",
    # the kernel itself
    "bpf", "perf_event_open", "keyctl", "add_key", "request_key", "kexec_load", "kexec_file_load",
    "init_module", "finit_module", "delete_module", "create_module", "query_module", "get_kernel_syms",
    "reboot", "swapon", "swapoff", "acct", "quotactl", "quotactl_fd", "nfsservctl", "syslog", "vhangup",
    "uselib", "ustat", "sysfs", "_sysctl", "personality", "modify_ldt", "vm86", "vm86old", "iopl", "ioperm",
    "settimeofday", "stime", "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname",
    # memory that no limit of a process counts: it outlives whoever made it
    "shmget", "semget", "msgget", "mq_open", "memfd_secret",
)  # fmt: skip
"""Answered with EPERM."""

ABSENT = ("clone3", "io_uring_setup", "io_uring_enter", "io_uring_register")
"""Answered with ENOSYS, as on a kernel without them: libraries then fall back to what can be filtered."""

NEW_NAMESPACES = (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
"""The flags of ``clone`` that make a namespace (mount, cgroup, uts, ipc, user, pid, net): EPERM."""

TERMINAL = (0x5412, 0x541C)
"""The requests of ``ioctl`` that type into a terminal: TIOCSTI and TIOCLINUX; refused with EPERM."""

UNIX = 1
"""The one family of ``socket`` that is allowed; others are answered with EAFNOSUPPORT."""
INTERNET = (2, 10, 16)
"""AF_INET, AF_INET6 and AF_NETLINK, for jobs whose own processes meet on the loopback of their private
network: gloo and NCCL list its interfaces (getifaddrs) first. Without capabilities nothing can be changed."""
_FAMILIES = 64


def lack() -> Lack | None:
    """Return what keeps the filter from being made here, or None."""
    try:
        _pyseccomp()
    except ImportError:
        return Lack(what="the seal's filter needs pyseccomp", remedy="pip install pyseccomp")
    except (RuntimeError, OSError):
        remedy = "apt install libseccomp2, dnf install libseccomp or pacman -S libseccomp"
        return Lack(what="the seal's filter needs libseccomp", remedy=remedy)
    return None


@functools.cache
def program(arch: str = "", memfd: bool = False, loopback: bool = False) -> bytes:
    """Return the filter as classic BPF for this machine, or for ``arch`` ("X86_64", "AARCH64").

    ``memfd`` allows memfd_create, which CUDA's driver uses, ``loopback`` the INTERNET families. 1 ms, kept
    for the process. Raises what ``lack`` finds: ImportError, RuntimeError or OSError.
    """
    seccomp = _pyseccomp()
    made = seccomp.SyscallFilter(seccomp.ALLOW)
    if arch and (wanted := getattr(seccomp.Arch, arch)) != seccomp.system_arch():
        made.add_arch(wanted)
        made.remove_arch(seccomp.Arch.NATIVE)
    made.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
    for name in (*ABSENT, *(() if memfd else ("memfd_create",))):
        _rule(made, seccomp.ERRNO(errno.ENOSYS), name)
    for name in REFUSED:
        _rule(made, seccomp.ERRNO(errno.EPERM), name)
    for flag in NEW_NAMESPACES:
        _rule(made, seccomp.ERRNO(errno.EPERM), "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    for request in TERMINAL:
        # the kernel looks at 32 bits of it: a request with any higher bit set would pass a plain comparison
        only = seccomp.Arg(1, seccomp.MASKED_EQ, 0xFFFFFFFF, request)
        _rule(made, seccomp.ERRNO(errno.EPERM), "ioctl", only)
    allowed = (UNIX, *(INTERNET if loopback else ()))
    for call in ("socket", "socketpair"):
        # a rule compares an argument once, so each family is refused by itself, and all above them
        for family in (family for family in range(_FAMILIES) if family not in allowed):
            _rule(made, seccomp.ERRNO(errno.EAFNOSUPPORT), call, seccomp.Arg(0, seccomp.EQ, family))
        _rule(made, seccomp.ERRNO(errno.EAFNOSUPPORT), call, seccomp.Arg(0, seccomp.GE, _FAMILIES))
    with tempfile.TemporaryFile() as file:
        made.export_bpf(file)
        file.seek(0)
        return file.read()


def _rule(made: Any, action: int, name: str, *args: Any) -> None:
    """Add a rule, unless this libseccomp does not know the call."""
    seccomp = _pyseccomp()
    number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
    if number != -1:
        made.add_rule(action, number, *args)


def _pyseccomp() -> Any:
    # finding libseccomp runs a program, 5 to 30 ms: here and not at import
    import pyseccomp

    return pyseccomp
