"""Processes, privileges and the kernel, as a sealed program tries to get at them: its attempts, by name."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import mmap
import os
import platform
import resource
import signal
import stat
import struct
import time
from collections.abc import Callable
from pathlib import Path

from synth.sandbox._probe_tries import (
    ABSENT,
    DENIED,
    HELD,
    LEAKED,
    MOOT,
    Outside,
    Verdict,
    called,
    closes,
    machine,
    pids,
    reads,
    refused,
    syscall,
    together,
)

_NEWUSER, _TIOCSTI, _TIOCSCTTY = 0x10000000, 0x5412, 0x540E
_DEVICES = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "fd", "core", "console"}
_DEVICES |= {"stdin", "stdout", "stderr", "mqueue"}


def environment(outside: Outside) -> Verdict:
    if any(outside["canary"] in value for value in os.environ.values()):
        return LEAKED, "the secret variable is here"
    theirs = [pid for pid in pids() if reads(f"/proc/{pid}/environ", outside["canary"])]
    return (LEAKED, f"read from process {theirs[0]}") if theirs else (HELD, f"{len(os.environ)} variables")


def own_processes(_: Outside) -> Verdict:
    count = len(pids())
    return (HELD if count <= 8 else LEAKED), f"{count} processes"


def signals(outside: Outside) -> Verdict:
    if outside["pid"] <= 64:
        return MOOT, "the runner's number could be one of the seal's own"
    return refused(os.kill, outside["pid"], 0, by=DENIED | {errno.ESRCH})


def own_namespaces(outside: Outside) -> Verdict:
    shared = [k for k, link in outside["namespaces"].items() if os.readlink(f"/proc/self/ns/{k}") == link]
    return (LEAKED, f"shared: {', '.join(shared)}") if shared else (HELD, ", ".join(outside["namespaces"]))


def hostname(outside: Outside) -> Verdict:
    here = os.uname().nodename
    return (LEAKED, "the machine's own name") if here == outside["hostname"] else (HELD, "another name")


def inherited_files(outside: Outside) -> Verdict:
    return (LEAKED, ", ".join(outside["inherited"])) if outside["inherited"] else (HELD, "none")


def _status(key: str) -> str:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next((line.split()[1] for line in lines if line.startswith(key + ":")), "absent")


def capabilities(_: Outside) -> Verdict:
    found = {key: _status(key) for key in ("CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd")}
    more = [f"{key} {value}" for key, value in found.items() if value.strip("0")]
    return (LEAKED, ", ".join(more)) if more else (HELD, "all sets empty")


def no_new_privileges(_: Outside) -> Verdict:
    found = f"NoNewPrivs {_status('NoNewPrivs')}, Seccomp {_status('Seccomp')}"
    return (HELD if found == "NoNewPrivs 1, Seccomp 2" else LEAKED), found


def becoming_root(_: Outside) -> Verdict:
    if os.getuid() == 0 or os.geteuid() == 0:
        return LEAKED, "it is uid 0"
    by = DENIED | {errno.EINVAL}
    tries: dict[str, tuple[Callable[..., object], object]] = {
        "setuid": (os.setuid, 0),
        "setgid": (os.setgid, 0),
        "setgroups": (os.setgroups, [0]),
    }
    return together([(name, refused(call, given, by=by)) for name, (call, given) in tries.items()])


def priority(_: Outside) -> Verdict:
    realtime = refused(os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(1))
    return together([("nice", refused(os.setpriority, os.PRIO_PROCESS, 0, -5)), ("realtime", realtime)])


def mounting(_: Outside) -> Verdict:
    number = machine(165, 40)
    tries = [("tmpfs", refused(syscall, number, b"none", b"/tmp", b"tmpfs", 0, 0))]
    tries.append(("writable inputs", refused(syscall, number, b"", b"/job/inputs", b"", 0x1020, 0)))
    tries.append(("cgroup", refused(syscall, number, b"none", b"/tmp", b"cgroup", 0, 0)))
    tries.append(("calls", called((166, 39), (155, 41), (430, 430), (428, 428), (429, 429), (442, 442))))
    return together(tries)


def _born(number: int, *args: object) -> None:
    if syscall(number, *args) == 0:
        os._exit(0)  # the child of a clone that should have been refused


def user_namespace(_: Outside) -> Verdict:
    flags = _NEWUSER | signal.SIGCHLD
    wanted = struct.pack("8Q", _NEWUSER, 0, 0, 0, int(signal.SIGCHLD), 0, 0, 0)
    tries = [("unshare", refused(syscall, machine(272, 97), _NEWUSER))]
    tries.append(("clone", refused(_born, machine(56, 220), flags, 0, 0, 0, 0)))
    tries.append(("clone3", refused(_born, 435, ctypes.c_char_p(wanted), 64)))
    return together(tries)


def other_namespaces(_: Outside) -> Verdict:
    kinds = {"mount": 0x20000, "pid": 0x20000000, "net": 0x40000000, "uts": 0x4000000, "ipc": 0x8000000}
    tries = [(name, refused(syscall, machine(272, 97), flag)) for name, flag in kinds.items()]
    tries += [(f"clone {n}", refused(_born, machine(56, 220), f | 17, 0, 0, 0, 0)) for n, f in kinds.items()]
    return together(tries)


def setns(_: Outside) -> Verdict:
    with open("/proc/self/ns/net", "rb") as own:
        return refused(syscall, machine(308, 268), own.fileno(), 0)


def chroot(_: Outside) -> Verdict:
    return refused(os.chroot, "/tmp")


def tracing(_: Outside) -> Verdict:
    buffer = ctypes.create_string_buffer(64)
    vector = struct.pack("2Q", ctypes.addressof(buffer), 8)
    tries = [("traceme", refused(syscall, machine(101, 117), 0, 0, 0, 0))]
    tries.append(("attach", refused(syscall, machine(101, 117), 16, 1, 0, 0)))
    for pair in ((310, 270), (311, 271)):
        tries.append(("memory", refused(syscall, machine(*pair), os.getpid(), vector, 1, vector, 1, 0)))
    return together(tries)


def keys(_: Outside) -> Verdict:
    add = refused(syscall, machine(248, 217), b"user", b"probe", b"x", 1, -3)
    ask = refused(syscall, machine(249, 218), b"user", b"probe", 0, 0)
    return together([("add_key", add), ("request_key", ask), ("keyctl", called((250, 219), args=(0, -3, 1)))])


def bpf(_: Outside) -> Verdict:
    return called((321, 280))


def perf(_: Outside) -> Verdict:
    event = (
        struct.pack("2I", 1, 112) + b"\0" * 104
    )  # software event 0 of this process: open to all by default
    return refused(syscall, machine(298, 241), event, 0, -1, -1, 0)


def io_uring(_: Outside) -> Verdict:
    setup = refused(syscall, 425, 4, ctypes.create_string_buffer(120))
    return together([("setup", setup), ("others", called((426, 426), (427, 427), args=(-1, 0, 0, 0, 0, 0)))])


def userfaultfd(_: Outside) -> Verdict:
    return together([(str(flag), called((323, 282), args=(flag,))) for flag in (0, 1)])


def terminal(_: Outside) -> Verdict:
    number = machine(16, 29)
    try:
        own = os.openpty()[1]
        os.setsid()
        fcntl.ioctl(own, _TIOCSCTTY, 0)
    except OSError:
        own = 0
    by = DENIED | {errno.EIO, errno.ENOTTY}  # EIO: dev.tty.legacy_tiocsti is 0; ENOTTY: no terminal to be had
    # CVE-2019-10063: the kernel reads 32 bits of the request, a filter may compare 64
    requests = (_TIOCSTI, _TIOCSTI | 1 << 32)
    return together([(hex(r), refused(syscall, number, own, r, b"x", by=by)) for r in requests])


def personality(_: Outside) -> Verdict:
    return called((135, 92), args=(0x0040000,))


def address_space(outside: Outside) -> Verdict:
    size = (outside["memory_mb"] + 64) << 20
    return refused(lambda: mmap.mmap(-1, size).close(), by={errno.ENOMEM})


def raising_limits(_: Outside) -> Verdict:
    for name in ("AS", "CPU", "FSIZE", "NPROC", "NOFILE", "CORE"):
        kind = getattr(resource, f"RLIMIT_{name}")
        soft, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY:
            return LEAKED, f"{name} has no limit"
        try:
            resource.setrlimit(kind, (soft, hard + 1))
        except (ValueError, OSError):
            continue
        return LEAKED, f"{name} was raised"
    return HELD, "none can be raised"


def process_count(_: Outside) -> Verdict:
    # never more than 512, so that a seal without a limit is not brought down by its own probe
    most, born = min(resource.getrlimit(resource.RLIMIT_NPROC)[0] + 8, 512), list[int]()
    try:
        while len(born) <= most:
            child = os.fork()
            if child == 0:
                signal.pause()
            born.append(child)
    except OSError as error:
        return (HELD if error.errno == errno.EAGAIN else LEAKED), f"{error.strerror} after {len(born)}"
    finally:
        for child in born:
            os.kill(child, signal.SIGKILL)
        for child in born:
            os.waitpid(child, 0)
    return LEAKED, f"{len(born)} processes"


def device_nodes(_: Outside) -> Verdict:
    more = sorted(n for n in set(os.listdir("/dev")) - _DEVICES if not n.startswith("nvidia"))
    if more:
        return LEAKED, f"/dev/{more[0]} is there"
    made = [
        refused(os.mknod, f"{d}/node", stat.S_IFCHR | 0o666, os.makedev(1, 1)) for d in ("/tmp", "/job/out")
    ]
    names = ("mem", "kmsg", "port", "kvm", "fuse", "sda", "vda", "loop0", "net/tun", "tty0", "vhost-vsock")
    opened = [refused(closes, f"/dev/{name}", by=ABSENT) for name in names]
    return together([("device", verdict) for verdict in made + opened])


def x32_calls(_: Outside) -> Verdict:
    if platform.machine() != "x86_64":
        return MOOT, f"{platform.machine()} has no such calls"
    return refused(syscall, 0x40000000 | 39)


def old_calls(_: Outside) -> Verdict:
    if platform.machine() != "x86_64":
        return MOOT, f"{platform.machine()} has no 32-bit calls by this way"
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, getpid; int 0x80; ret
    answer = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
    return (LEAKED, "it answered") if answer >= 0 else (HELD, errno.errorcode.get(-answer, str(answer)))


def clock(_: Outside) -> Verdict:
    tries = [("clock_settime", refused(time.clock_settime, time.CLOCK_REALTIME, time.time()))]
    now = struct.pack("2q", int(time.time()), 0)
    tries.append(("settimeofday", refused(syscall, machine(164, 170), now, 0)))
    tries.append(
        ("adjtimex", refused(syscall, machine(159, 171), struct.pack("Iq", 0x4000, 10000) + b"\0" * 256))
    )
    return together(tries)


def kernel_log(_: Outside) -> Verdict:
    buffer = ctypes.create_string_buffer(64)
    tries = [("syslog", refused(syscall, machine(103, 116), 3, buffer, 64))]
    tries += [(p, refused(closes, p, by=ABSENT)) for p in ("/dev/kmsg", "/proc/kmsg")]
    return together(tries)


def kernel_settings(_: Outside) -> Verdict:
    names: tuple[str, ...] = (
        "sys/kernel/core_pattern",
        "sys/kernel/hostname",
        "sys/vm/overcommit_memory",
        "sysrq-trigger",
    )
    names += (
        "sys/net/ipv4/ip_forward",
        "sys/user/max_user_namespaces",
        "sys/kernel/modprobe",
    )
    tries = [(n, refused(lambda p: closes(p, os.O_WRONLY), f"/proc/{n}", by=ABSENT)) for n in names]
    return together(tries)


def cgroups(_: Outside) -> Verdict:
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    tries = []
    for folder in (mount[1] for mount in mounts if mount[2].startswith("cgroup")):
        for name in ("release_agent", "cgroup.procs", "notify_on_release"):
            path = os.path.join(folder, name)
            tries.append((path, refused(lambda p: closes(p, os.O_WRONLY), path, by=ABSENT)))
    return together(tries) if tries else (HELD, "no control group in sight")


def modules(_: Outside) -> Verdict:
    return called((175, 105), (313, 273), (176, 106))


def rebooting(_: Outside) -> Verdict:
    off = refused(syscall, machine(169, 142), 0xFEE1DEAD, 672274793, 0, 0)  # only turns Ctrl-Alt-Del off
    return together(
        [("reboot", off), ("kexec, swap", called((246, 104), (320, 294), (167, 224), (168, 225)))]
    )


def file_handles(_: Outside) -> Verdict:
    handle, mount = ctypes.create_string_buffer(136), ctypes.create_string_buffer(8)
    name = refused(syscall, machine(303, 264), -100, b"/", handle, mount, 0)
    return together([("name", name), ("open", refused(syscall, machine(304, 265), -100, handle, 0))])


def raw_ports(_: Outside) -> Verdict:
    return called((172, -1), (173, -1), args=(3, 1, 1))


def accounting(_: Outside) -> Verdict:
    return called((179, 60), (163, 89))


ATTEMPTS: dict[str, tuple[str, Callable[[Outside], Verdict]]] = {
    "environment": ("find a secret variable of the runner, here or in another process", environment),
    "own-processes": ("see processes of the machine", own_processes),
    "signals": ("signal the runner", signals),
    "own-namespaces": ("share a namespace with the runner", own_namespaces),
    "hostname": ("learn the machine's name", hostname),
    "inherited-files": ("use a file that the runner left open", inherited_files),
    "capabilities": ("hold a capability", capabilities),
    "no-new-privileges": ("gain privileges from a set-uid program, call without a filter", no_new_privileges),
    "becoming-root": ("become root or join its groups", becoming_root),
    "priority": ("raise its priority, run in real time", priority),
    "mounting": ("mount, unmount, remount, pivot", mounting),
    "user-namespace": ("make a user namespace (unshare, clone, clone3)", user_namespace),
    "other-namespaces": ("make any other namespace", other_namespaces),
    "setns": ("enter a namespace", setns),
    "chroot": ("change its root", chroot),
    "tracing": ("trace a process, read and write its memory", tracing),
    "keys": ("use the kernel's keyrings", keys),
    "bpf": ("load a kernel program", bpf),
    "perf": ("open a performance counter", perf),
    "io-uring": ("use io_uring", io_uring),
    "userfaultfd": ("handle page faults", userfaultfd),
    "terminal": ("type into a terminal (TIOCSTI)", terminal),
    "personality": ("turn address randomisation off", personality),
    "address-space": ("map more memory than allowed", address_space),
    "raising-limits": ("raise its own limits", raising_limits),
    "process-count": ("start more processes than allowed", process_count),
    "device-nodes": ("make or open a device", device_nodes),
    "x32-calls": ("make x32 system calls", x32_calls),
    "old-calls": ("make 32-bit system calls (int 0x80)", old_calls),
    "clock": ("set the clock", clock),
    "kernel-log": ("read the kernel's log", kernel_log),
    "kernel-settings": ("write kernel settings under /proc", kernel_settings),
    "cgroups": ("write to a control group (release_agent)", cgroups),
    "modules": ("load or remove a kernel module", modules),
    "rebooting": ("reboot, load another kernel, change swap", rebooting),
    "file-handles": ("open files by handle, past all folders", file_handles),
    "raw-ports": ("reach hardware ports", raw_ports),
    "accounting": ("change quotas or process accounting", accounting),
}
