#!/usr/bin/python3
"""proxy_in_the_middle.py MODE PORT_FILE LOG: a proxy for CONNECT that somebody else owns. Whatever host is asked for, it goes to that
port of 127.0.0.1. All that it gets to see of the client is in LOG.

    relay     does its duty
    cut:N     does, and ends the connection after N bytes of the server's
    page      answers CONNECT with a page of its own
    refuse    403, with a page
    plain     says that the tunnel is there, and speaks HTTP without TLS in it
    own       says that the tunnel is there, and speaks TLS with a certificate of its own
"""
import os
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

PAGE = b"HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: 22\r\n\r\n<html>Sign in.</html>\n"
OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"
SECONDS = 20


class Proxy:
    def __init__(self, mode, log):
        self._mode, _, most = mode.partition(":")
        self._most = int(most) if most else None
        self._log = open(log, "ab", buffering=0)
        self._context = self._own_certificate() if self._mode == "own" else None

    @staticmethod
    def _own_certificate():
        with tempfile.TemporaryDirectory() as folder:
            key, certificate = os.path.join(folder, "key"), os.path.join(folder, "certificate")
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                            "-keyout", key, "-out", certificate, "-subj", "/CN=vouch.test", "-addext",
                            "subjectAltName=DNS:vouch.test"], check=True, capture_output=True)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            return context

    def serve(self, client):
        with client:
            client.settimeout(SECONDS)
            try:
                self._serve(client)
            except (OSError, ValueError):
                pass  # a client that has had enough

    def _serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            more = client.recv(1)  # what follows is the tunnel's
            if not more:
                return
            head += more
        self._log.write(head)
        port = int(head.split()[1].rpartition(b":")[2])
        if self._mode in ("page", "refuse"):
            client.sendall(PAGE % (b"200 OK" if self._mode == "page" else b"403 Forbidden"))
            self._log.write(client.recv(65536))
            return
        client.sendall(OPEN)
        if self._mode == "own":
            with self._context.wrap_socket(client, server_side=True) as secure:
                self._log.write(secure.recv(65536))
        elif self._mode == "plain":
            client.sendall(PAGE % b"200 OK")
            self._log.write(client.recv(65536))
        else:
            with socket.create_connection(("127.0.0.1", port), SECONDS) as server:
                self._relay(client, server)

    def _relay(self, client, server):
        left = self._most
        while True:
            ready = select.select([client, server], [], [], SECONDS)[0]
            if not ready:
                return
            for side in ready:
                piece = side.recv(65536)
                if not piece:
                    return
                if side is client:
                    self._log.write(piece)
                    server.sendall(piece)
                    continue
                client.sendall(piece if left is None else piece[:left])
                left = None if left is None else left - len(piece)
                if left is not None and left <= 0:
                    return


def main():
    mode, port_file, log = sys.argv[1:]
    proxy = Proxy(mode, log)
    listener = socket.create_server(("127.0.0.1", 0))
    with open(port_file + ".new", "w", encoding="utf-8") as file:
        file.write(f"{listener.getsockname()[1]}\n")
    os.rename(port_file + ".new", port_file)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=proxy.serve, args=(client,), daemon=True).start()


if __name__ == "__main__":
    main()
