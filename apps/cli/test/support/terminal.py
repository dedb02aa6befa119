"""Runs a program in a terminal of its own, and types into it. What to do comes as JSON on stdin, what was seen goes out as JSON."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

wanted = json.load(sys.stdin)
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(wanted["cwd"])
    os.execve(wanted["argv"][0], wanted["argv"], wanted["env"])

fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, wanted["columns"], 0, 0))
steps = list(wanted["steps"])
seen, looked_at = b"", 0
give_up_at = time.monotonic() + wanted["timeoutMs"] / 1000
is_late = False
while True:
    if time.monotonic() > give_up_at:
        is_late = True
        os.kill(pid, signal.SIGKILL)
        break
    if select.select([terminal], [], [], 0.05)[0]:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # The program has closed its side.
            break
        if not chunk:
            break
        seen += chunk
    # A question is answered when it is there: what is typed earlier would be lost.
    if steps and steps[0]["until"].encode() in seen[looked_at:]:
        looked_at = len(seen)
        os.write(terminal, steps.pop(0)["type"].encode())
_, status = os.waitpid(pid, 0)
json.dump(
    {
        "code": os.waitstatus_to_exitcode(status),
        "output": seen.decode("utf8", "replace"),
        "isLate": is_late,
        "untyped": [step["until"] for step in steps],
    },
    sys.stdout,
)
