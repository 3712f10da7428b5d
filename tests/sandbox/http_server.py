"""An HTTP/1.1 server on loopback for one `Service`: threads, keep-alive, body limits, the `Date` of the sandbox's
clock, counters and faults.
"""

import email.utils
import http.client
import http.server
import socket
import ssl
import threading

import misbehaviour
from http_base import Refusal, Request

IDLE_SECONDS = 120  # a kept-alive connection nobody uses
DRAINED = 1024 * 1024  # of a body that is too long
BACKLOG = 512  # callers of a load test that connect at the same instant


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    rbufsize = 64 * 1024
    date = ""  # of one answer, by a fault; else the clock's

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (ConnectionError, ssl.SSLError, socket.timeout):
            self.close_connection = True

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(self.server.world.clock.now() if timestamp is None else timestamp, usegmt=True)

    def version_string(self):
        return "vouch-sandbox"

    def log_message(self, format, *args):
        pass  # counters and the log of reasons say what matters

    def _read_body(self, limit):
        """The body; None when it is longer than `limit` bytes or not announced in a way we read."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._read_chunks(limit)
        length = self.headers.get("Content-Length", "0").strip()
        if not length.isdigit():
            return None
        if int(length) > limit:
            self.rfile.read(min(int(length), DRAINED))  # else the reset could overtake our answer
            return None
        return self.rfile.read(int(length))

    def _read_chunks(self, limit):
        body = b""
        while True:
            size = int(self.rfile.readline(64).split(b";")[0], 16)
            if len(body) + size > limit:
                return None
            body += self.rfile.read(size)
            self.rfile.readline(64)
            if size == 0:
                return body

    def _serve(self):
        service, world = self.server.service, self.server.world
        self.date = ""
        path, mark, query = self.path.partition("?")
        request = Request(self.command, path, query if mark else None, self.headers, b"")
        try:
            body = self._read_body(service.body_limit(path))
        except ValueError:
            body = None
        if body is None:
            self.close_connection = True
            self.send(service.failure(413, "", "request body too large", request))
            return
        request.body = body
        operation = service.operation(request)
        names = (operation, *service.aliases(request, operation))
        if "Cookie" in self.headers:
            names += ("with_cookie",)
        for name in names:
            world.counters.add(f"{service.name}.{name}")
            world.clock.arrive(f"{service.name}.{name}")
        fault = self.server.faults.take(service.name, names) if self.server.faults else None
        if fault is not None and misbehaviour.apply(self, fault, request, operation):
            world.log.line(f"{service.name}.{operation}: fault {fault.mode}")
            return
        response = self.answer(request, operation)
        if response.status < 400:
            for name in names:
                world.counters.add(f"{service.name}.{name}.ok")
        self.send(response)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve

    def answer(self, request, operation):
        service = self.server.service
        try:
            return service.handle(request, operation)
        except Refusal as refusal:
            self.server.world.log.line(f"{service.name}.{operation}: {refusal.response.status}: {refusal.reason}")
            return refusal.response
        except Exception as error:  # a defect of the sandbox must not look like a refusal
            self.server.world.log.line(f"{service.name}.{operation}: DEFECT of the sandbox: {error!r}")
            return service.failure(500, "", "", request)

    def send(self, response, announced=None):
        """Sends `response`; `announced` is the Content-Length when it is not the true one."""
        self.send_head(response, f"Content-Length: {len(response.body) if announced is None else announced}")
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def send_head(self, response, framing):
        """The status line and the fields; `framing` is the one that says where the body ends."""
        phrase = http.client.responses.get(response.status, "Unknown")
        lines = [f"HTTP/1.1 {response.status} {phrase}", f"Server: {self.version_string()}",
                 f"Date: {self.date or self.date_time_string()}", f"Content-Type: {response.content_type}", framing]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        if self.close_connection:
            lines.append("Connection: close")
        self.wfile.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")


class _HttpServer(http.server.ThreadingHTTPServer):
    request_queue_size = BACKLOG
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address, owner):
        super().__init__(address, _Handler, bind_and_activate=False)
        self.owner, self.world, self.faults = owner, owner.world, owner.faults
        self._open = set()
        self._lock = threading.Lock()
        self.server_bind()

    @property
    def service(self):
        return self.owner.service  # set once the ports of all services are known

    def server_bind(self):
        # Not HTTPServer's own, which asks the name service for the name of 127.0.0.1.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def process_request(self, request, client_address):
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def finish_request(self, request, client_address):
        context = self.owner.tls
        if context is None:
            super().finish_request(request, client_address)
            return
        request.settimeout(IDLE_SECONDS)  # the handshake is part of this thread, never of the accepting one
        with context.wrap_socket(request, server_side=True) as secure:
            with self._lock:
                self._open.add(secure)
            try:
                super().finish_request(secure, client_address)
            finally:
                with self._lock:
                    self._open.discard(secure)

    def shutdown_request(self, request):
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        pass  # a peer that hangs up, or a failed TLS handshake: its own business

    def hang_up(self):
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # gone already


class Server:
    """One service on one port. The port stays ours while it is down: bound, but nobody listens, so connects fail."""

    def __init__(self, service, world, faults=None, tls=None, port=0):
        self.service, self.world, self.faults, self.tls = service, world, faults, tls
        self._http = _HttpServer(("127.0.0.1", port), self)
        self._thread = None
        self._lock = threading.Lock()

    @property
    def port(self):
        return self._http.server_address[1]

    def up(self):
        with self._lock:
            if self._thread is None:
                self._http.server_activate()
                self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
                self._thread.start()

    def down(self):
        """Closes the listening socket and every connection; `up` opens the same port again."""
        with self._lock:
            if self._thread is None:
                return
            self._http.shutdown()
            self._thread.join()
            self._thread = None
            self._http.hang_up()
            port = self.port
            self._http.server_close()
            self._http = _HttpServer(("127.0.0.1", port), self)

    def use_tls(self, context):
        """Another certificate from the next connection on; those that are open end when it is another."""
        with self._lock:
            if context is self.tls:
                return
            self.tls = context
            self._http.hang_up()

    def close(self):
        self.down()
        self._http.server_close()
