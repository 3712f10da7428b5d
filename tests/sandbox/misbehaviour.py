"""What each fault of `faults.py` does to a request. `handler` is the connection of `http_server.py`.

    status            an error of the service's own kind: code (500), error, message, retry_after
    throttle, access_denied    the service's usual refusal for that
    delay             answers after `seconds`
    hang              never answers
    garbage, wrong_type   an HTML page, with code (200)
    non_json          text that is called JSON
    cut, truncate     a Content-Length that is more than what comes, then the end: of a made-up or of the true answer
    oversize          the true answer, with 2 MiB more in it
    endless, drip     a chunked body without an end, as fast as it goes or a byte every `seconds`
    wrong_types       the true answer, each member of another JSON type
    empty_strings     the true answer, each string in it empty
    lying_date        the true answer, with `message` as its Date
    cookie            the true answer, with a Set-Cookie of `message`
    redirect          code (302) to `location`, without one to the control port, which tells of visits

Two are the business of the server (`http_server.py`), not of a request: down refuses every connection, bad_certificate
shows the `certificate` (expired) to who connects over TLS.
"""

import json

from http_base import Response

OVERSIZE = 2 * 1024 * 1024
PAGE = b"<html><body>It works!</body></html>"


def apply(handler, fault, request, operation):
    """True when the fault has dealt with the request; False when it is to be answered after all."""
    service, faults = handler.server.service, handler.server.faults
    if fault.mode == "delay":
        faults.wait(fault.seconds)
        return False
    if fault.mode == "hang":
        faults.hang(handler.connection)
        handler.close_connection = True
    elif fault.mode == "lying_date":
        handler.date = fault.message
        return False
    elif fault.mode == "cookie":
        response = handler.answer(request, operation)
        response.headers["Set-Cookie"] = fault.message
        handler.send(response)
    elif fault.mode in ("endless", "drip"):
        _send_for_ever(handler, fault)
    elif fault.mode in _CHANGES:
        response = handler.answer(request, operation)
        response.body = _CHANGES[fault.mode](response.body)
        handler.send(response)
    elif fault.mode == "truncate":
        _truncate(handler, handler.answer(request, operation))
    elif fault.mode == "cut":
        _truncate(handler, Response(200, b'{"Version":' + b" " * 2048))
    elif fault.mode == "throttle":
        handler.send(service.throttled(fault, request))
    elif fault.mode == "access_denied":
        handler.send(service.denied(request))
    else:
        handler.send(_made_up(service, faults, fault, request))
    return True


def _made_up(service, faults, fault, request):
    if fault.mode == "status":
        response = service.failure(fault.code or 500, fault.error, fault.message, request)
        if fault.retry_after is not None:
            response.headers["Retry-After"] = str(fault.retry_after)
        return response
    if fault.mode == "non_json":
        return Response(fault.code or 200, b"this is no JSON")
    if fault.mode == "redirect":
        return Response(fault.code or 302, headers={"Location": fault.location or faults.redirect_to})
    return Response(fault.code or 200, PAGE, "text/html")


def _truncate(handler, response):
    whole = len(response.body)
    response.body = response.body[:whole // 2]
    handler.close_connection = True
    handler.send(response, announced=max(whole, 1))


def _send_for_ever(handler, fault):
    faults = handler.server.faults
    generation = faults.generation
    handler.close_connection = True
    handler.send_head(Response(fault.code or 200), "Transfer-Encoding: chunked")
    handler.wfile.write(b"1\r\n{\r\n")
    piece = b" " if fault.mode == "drip" else b" " * 16384  # white space: nothing a parser could complain of
    while generation == faults.generation:
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if fault.mode == "drip":
            faults.wait(fault.seconds)


def _change(body, change):
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    return json.dumps(change(value) if isinstance(value, dict) else []).encode()


def _other_type(value):
    """A value of another JSON type, never one that reads as empty or false."""
    if isinstance(value, bool) or value is None:
        return "true"
    if isinstance(value, (int, float)):
        return [value]
    return 7 if isinstance(value, str) else {"0": "x"} if isinstance(value, list) else ["x"]


def _without_texts(value):
    if isinstance(value, dict):
        return {name: _without_texts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_texts(one) for one in value]
    return "" if isinstance(value, str) else value


_CHANGES = {
    "oversize": lambda body: _change(body, lambda value: value | {"padding": "x" * OVERSIZE}),
    "wrong_types": lambda body: _change(body, lambda value: {name: _other_type(one) for name, one in value.items()}),
    "empty_strings": lambda body: _change(body, _without_texts)}
