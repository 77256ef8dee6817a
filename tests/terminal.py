#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A command on a terminal of its own.

    terminal.py COLUMNS COMMAND [ARGUMENT…] <INPUT

Prints what the command wrote there; INPUT is typed, a line whenever the command asks with
a line that ends in "> ". Ends with the command's exit code.
"""
import fcntl, os, pty, select, struct, sys, termios

DEADLINE = 60


def main():
    columns, lines = int(sys.argv[1]), sys.stdin.read().splitlines(True)
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.execvp(sys.argv[2], sys.argv[2:])
    seen = b""
    while select.select([terminal], [], [], DEADLINE)[0]:
        try:
            data = os.read(terminal, 65536)
        except OSError:         # its end
            break
        if not data:
            break
        seen += data
        if lines and seen.endswith(b"> "):
            os.write(terminal, lines.pop(0).encode())
    else:
        os.kill(pid, 9)
    status = os.waitpid(pid, 0)[1]
    sys.stdout.buffer.write(seen.replace(b"\r\n", b"\n"))
    sys.exit(os.waitstatus_to_exitcode(status))


main()
