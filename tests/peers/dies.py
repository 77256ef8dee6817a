#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# A server at several ports that ends at all of them: it takes N connections at each, whose clients
# say a byte, listens no more, and says a byte to each. With "again" it comes back when all of them
# are gone, and ends as before of the next client that says a byte.
#
#	dies.py HOST PORT,... N [again]
import signal
import socket
import sys

host, ports, n = sys.argv[1], [int(port) for port in sys.argv[2].split(",")], int(sys.argv[3])
family = socket.AF_INET6 if ":" in host else socket.AF_INET


def listen():
    return [socket.create_server((host, port), family=family) for port in ports]


def says(client):
    """A byte; none once it is gone."""
    try:
        return client.recv(1)
    except ConnectionError:
        return b""


def end(servers, clients):
    for server in servers:
        server.close()
    for client in clients:
        client.sendall(b"x")


servers = listen()
print("listening", flush=True)
clients = [server.accept()[0] for server in servers for _ in range(n)]
for client in clients:
    says(client)
end(servers, clients)
if sys.argv[4:] == ["again"]:
    for client in clients:
        while says(client):
            pass
    servers = listen()
    client = servers[0].accept()[0]
    while not says(client):
        client = servers[0].accept()[0]
    end(servers, [client])
signal.pause()
