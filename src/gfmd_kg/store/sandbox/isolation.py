"""Take the network away from a process that runs strangers' queries.

First an own, empty network namespace (unshare(2)); where the system does not allow that, a seccomp filter
that refuses socket(2) (seccomp(2), filter mode). Linux only; elsewhere nothing is done, and that is said.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER_MODE = 38, 22, 2
# machine: its audit name (linux/audit.h) and the number of socket(2)
_MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000  # refuse: error number 1, not permitted


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jump_true", ctypes.c_uint8),
        ("jump_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("filter", ctypes.POINTER(_Instruction)))


def leave_network() -> str:
    """Cut this process off; returns how: ``namespace``, ``seccomp`` or ``none``."""
    if sys.platform != "linux":
        return "none"
    libc = ctypes.CDLL(None, use_errno=True)
    wanted = _NEW_NETWORK if os.geteuid() == 0 else _NEW_USER | _NEW_NETWORK
    if libc.unshare(wanted) == 0:
        return "namespace"
    return "seccomp" if _refuse_sockets(libc) else "none"


def _refuse_sockets(libc: ctypes.CDLL) -> bool:
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    audit, socket = machine
    lines = (_Instruction * 7)(
        _Instruction(_LOAD, 0, 0, 4),  # the machine the call is made for
        _Instruction(_EQUAL, 1, 0, audit),
        _Instruction(_RETURN, 0, 0, _KILL),
        _Instruction(_LOAD, 0, 0, 0),  # the number of the call
        _Instruction(_EQUAL, 0, 1, socket),
        _Instruction(_RETURN, 0, 0, _REFUSE),
        _Instruction(_RETURN, 0, 0, _ALLOW),
    )
    program = _Program(len(lines), lines)
    return bool(
        libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
        and libc.prctl(_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program), 0, 0) == 0
    )
