# SPDX-License-Identifier: BSD-2-Clause
"""Servers for conform, by the sockets of whichever TCP is below: echo.py ADDR. Port 7 sends
back what it gets, port 79 closes when it has got something. It says "listening"."""
import socket, sys, threading

def serve(listener, closes):
    while True:
        threading.Thread(target=talk, args=(listener.accept()[0], closes), daemon=True).start()

def talk(client, closes):
    try:
        while data := client.recv(65536):
            if closes:
                break
            client.sendall(data)
    except OSError:
        pass
    client.close()

family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
both = [socket.create_server((sys.argv[1], port), family=family, backlog=128) for port in (7, 79)]
threading.Thread(target=serve, args=(both[0], False), daemon=True).start()
print("listening", flush=True)
serve(both[1], True)
