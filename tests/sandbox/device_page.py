"""The page that a person opens to enter the code of the device flow (RFC 8628, 3.3). Part of `vouch_server.py`.

It knows no login: whoever can reach it decides, for the account that is named or for the only one.
"""

import html
import urllib.parse

from http_base import FormError, Refusal, Response, parse_form

FIELDS = {"user_code", "email", "decision"}
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Vouch sandbox</title></head><body>
<h1>Connect a device</h1>
{content}
</body></html>
"""
_FORM = """<form method="post" action="/device/approve">
<p><label>Code <input name="user_code" value="{user_code}" required></label></p>
<p><label>E-mail <input name="email" type="email"></label></p>
<p><button name="decision" value="approve">Approve</button> <button name="decision" value="deny">Deny</button></p>
</form>"""


class DevicePage:
    def __init__(self, flow):
        self._flow = flow

    def show(self, request):
        query = urllib.parse.parse_qs(request.query or "")
        return _page(200, _FORM.format(user_code=html.escape(query.get("user_code", [""])[0], quote=True)))

    def decide(self, request):
        try:
            form = parse_form(request.body.decode("ascii"), FIELDS)
            if request.media_type() != "application/x-www-form-urlencoded":
                raise FormError("not a form")
            if form.get("decision") not in ("approve", "deny"):
                raise FormError("decision is neither approve nor deny")
            self._flow.decide(form.get("user_code", ""), form["decision"] == "approve", form.get("email", ""))
        except ValueError as error:
            raise Refusal(_page(400, f"<p>{html.escape(str(error))}</p>"), str(error)) from error
        return _page(200, "<p>Done. You can close this page.</p>")


def _page(status, content):
    return Response(status, _PAGE.format(content=content).encode(), "text/html; charset=utf-8",
                    {"Cache-Control": "no-store"})
