"""An HTTP/1.1 server on loopback for one service: threads, keep-alive, body limits, the `Date` of the sandbox's clock,
counters and faults. The services (`vouch_server.py`, `sts.py`, `eks.py`, `k8s.py`, `control.py`) only turn a `Request`
into a `Response`.
"""

import dataclasses
import email.utils
import http.client
import http.server
import json
import socket
import ssl
import threading
import urllib.parse

IDLE_SECONDS = 120  # a kept-alive connection nobody uses
DRAINED = 1024 * 1024  # of a body that is too long
BACKLOG = 512  # callers of a load test that connect at the same instant


@dataclasses.dataclass
class Request:
    """One request as it arrived. `query` is the raw text after "?", None when there is no "?"."""

    method: str
    path: str
    query: str | None
    headers: object
    body: bytes

    def header_values(self, name):
        return [value.strip(" \t") for value in self.headers.get_all(name, [])]

    def header(self, name):
        """The only field of that name, or None. Raises `ValueError` when it is repeated."""
        values = self.header_values(name)
        if len(values) > 1:
            raise ValueError(f"{len(values)} {name} header fields")
        return values[0] if values else None

    def media_type(self):
        return (self.headers.get("Content-Type") or "").split(";")[0].strip().lower()


@dataclasses.dataclass
class Response:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict = dataclasses.field(default_factory=dict)


class Refusal(Exception):
    """A request that is turned down: what the wire shows, and the true reason for the log."""

    def __init__(self, response, reason):
        super().__init__(reason)
        self.response = response
        self.reason = reason


def json_response(status, value, **headers):
    return Response(status, json.dumps(value).encode(), "application/json",
                    {name.replace("_", "-"): text for name, text in headers.items()})


class Service:
    """What a service gives to its server. `name` is the prefix of its counters."""

    name = ""

    def operation(self, request):
        """The name by which a request is counted and hit by faults."""
        raise NotImplementedError

    def handle(self, request, operation):
        """The answer; raises `Refusal`."""
        raise NotImplementedError

    def body_limit(self, path):
        return 256 * 1024

    def failure(self, status, code, message, request=None):
        """An error body as this service words it; `code` empty = the usual one for that status."""
        raise NotImplementedError

    def throttled(self, fault, request):
        return self.failure(429, "", "", request)

    def denied(self, request):
        return self.failure(403, "", "", request)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    rbufsize = 64 * 1024

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
        path, mark, query = self.path.partition("?")
        request = Request(self.command, path, query if mark else None, self.headers, b"")
        try:
            body = self._read_body(service.body_limit(path))
        except ValueError:
            body = None
        if body is None:
            self.close_connection = True
            self._send(service.failure(413, "", "request body too large", request))
            return
        request.body = body
        operation = service.operation(request)
        world.counters.add(f"{service.name}.{operation}")
        fault = self.server.faults.take(service.name, operation) if self.server.faults else None
        if fault is not None and self._apply(fault, request):
            world.log.line(f"{service.name}.{operation}: fault {fault.mode}")
            return
        response = self._answer(request, operation)
        if response.status < 400:
            world.counters.add(f"{service.name}.{operation}.ok")
        self._send(response)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve

    def _answer(self, request, operation):
        service = self.server.service
        try:
            return service.handle(request, operation)
        except Refusal as refusal:
            self.server.world.log.line(f"{service.name}.{operation}: {refusal.response.status}: {refusal.reason}")
            return refusal.response
        except Exception as error:  # a defect of the sandbox must not look like a refusal
            self.server.world.log.line(f"{service.name}.{operation}: DEFECT of the sandbox: {error!r}")
            return service.failure(500, "", "", request)

    def _apply(self, fault, request):
        """True when the fault has dealt with the request; False when it is to be answered after all."""
        service = self.server.service
        if fault.mode == "delay":
            self.server.faults.wait(fault.seconds)
            return False
        if fault.mode == "hang":
            self.server.faults.hang(self.connection)
            self.close_connection = True
        elif fault.mode == "cut":
            self._send(Response(200, b'{"Version":', "application/json"), announced=2048)
            self.close_connection = True
        elif fault.mode == "garbage":
            self._send(Response(200, b"<html><body>It works!</body></html>", "text/html"))
        elif fault.mode == "throttle":
            self._send(service.throttled(fault, request))
        elif fault.mode == "access_denied":
            self._send(service.denied(request))
        else:
            self._send(service.failure(fault.code, fault.error, "", request))
        return True

    def _send(self, response, announced=None):
        length = len(response.body) if announced is None else announced
        phrase = http.client.responses.get(response.status, "Unknown")
        lines = [f"HTTP/1.1 {response.status} {phrase}", f"Server: {self.version_string()}",
                 f"Date: {self.date_time_string()}", f"Content-Type: {response.content_type}",
                 f"Content-Length: {length}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        if self.close_connection:
            lines.append("Connection: close")
        body = b"" if self.command == "HEAD" else response.body
        self.wfile.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


class _HttpServer(http.server.ThreadingHTTPServer):
    request_queue_size = BACKLOG
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address, owner):
        super().__init__(address, _Handler, bind_and_activate=False)
        self.owner, self.world, self.faults, self.tls = owner, owner.world, owner.faults, owner.tls
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
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        request.settimeout(IDLE_SECONDS)  # the handshake is part of this thread, never of the accepting one
        with self.tls.wrap_socket(request, server_side=True) as secure:
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

    def close(self):
        self.down()
        self._http.server_close()


class FormError(ValueError):
    """A form that OAuth or AWS would not take."""


def parse_form(text, known):
    """The parameters of a form as a dict. Empty ones are absent and unknown ones ignored (RFC 6749, 3.2); a repeated
    known one raises `FormError`."""
    fields = {}
    try:
        pairs = urllib.parse.parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise FormError("not a form") from error
    for name, value in pairs:
        if name not in known:
            continue
        if name in fields:
            raise FormError(f"parameter {name} is repeated")
        fields[name] = value
    return {name: value for name, value in fields.items() if value}
