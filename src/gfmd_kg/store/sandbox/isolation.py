"""Shut a process that runs strangers' queries off: no network, no other process, no file to write.

The network goes by an own, empty network namespace (unshare(2)) where the system allows one. In any case a
seccomp filter (seccomp(2), filter mode) refuses the calls that lead out of the process, sockets among them,
and limits (setrlimit(2)) stop new processes and bytes into files. Namespace and filter are there on Linux
only; elsewhere that is said.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import sys

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER_MODE = 38, 22, 2
_THREAD = 0x10000  # the flag of clone(2) that tells a thread from a process

# each machine: its audit name (linux/audit.h), clone(2), and what is refused (asm/unistd.h), in this order:
# socket, fork, vfork, execve, execveat, kill, ptrace, process_vm_readv, process_vm_writev
_MACHINES = {
    "x86_64": (0xC000003E, 56, (41, 57, 58, 59, 322, 62, 101, 310, 311)),
    "aarch64": (0xC00000B7, 220, (198, 221, 281, 129, 117, 270, 271)),  # has no fork and vfork
}
# the same on both: pidfd_send_signal, io_uring_{setup,enter,register}, pidfd_open, pidfd_getfd
_REFUSED = (424, 425, 426, 427, 434, 438)
_CLONE3 = 435  # hides its flags from a filter: whoever is told that it is not there calls clone
_OTHER_TABLE = 0x40000000  # calls numbered from here on are those of x32, by which all could be had again

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16  # places in what a filter sees (struct seccomp_data)
_ALLOW, _FAIL, _KILL = 0x7FFF0000, 0x00050000, 0x80000000


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jump_true", ctypes.c_uint8),
        ("jump_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("filter", ctypes.POINTER(_Instruction)))


def isolate() -> str:
    """Shut this process off; returns how its network went: ``namespace``, ``seccomp`` or ``none``."""
    network = "none"
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        own = libc.unshare(_NEW_NETWORK if os.geteuid() == 0 else _NEW_USER | _NEW_NETWORK) == 0
        filtered = _filter_calls(libc)
        network = "namespace" if own else "seccomp" if filtered else "none"
    for limit in (resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(limit, (0, 0))
    return network


def _filter_calls(libc: ctypes.CDLL) -> bool:
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    audit, clone, refused = machine
    not_permitted, not_there = _FAIL | errno.EPERM, _FAIL | errno.ENOSYS
    steps = [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _OTHER_TABLE),
        (_RETURN, 0, 0, _KILL),
        (_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, not_there),
    ]
    for number in (*refused, *_REFUSED):
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, not_permitted)]
    steps += [
        (_EQUAL, 0, 3, clone),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_BIT, 1, 0, _THREAD),
        (_RETURN, 0, 0, not_permitted),
        (_RETURN, 0, 0, _ALLOW),
    ]
    lines = (_Instruction * len(steps))(*(_Instruction(*step) for step in steps))
    program = _Program(len(lines), lines)
    return bool(
        libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
        and libc.prctl(_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program), 0, 0) == 0
    )
