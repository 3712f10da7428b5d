"""CTAPHID (CTAP 2.1, 11.2) on a stream socket: 64-byte reports, channels, fragmentation, keep-alives, cancel."""

import contextlib
import os
import select
import struct
import time

from ctap2 import NAMES
from errors import Ctap2Error, Status
from hardware import Unplugged

REPORT = 64
INIT_DATA, CONT_DATA = REPORT - 7, REPORT - 5
MAX_MESSAGE = INIT_DATA + 128 * CONT_DATA  # 7609, the most that 7-bit sequence numbers can carry
BROADCAST = 0xFFFFFFFF
PING, INIT, CBOR, CANCEL, KEEPALIVE, ERROR = 0x01, 0x06, 0x10, 0x11, 0x3B, 0x3F
INVALID_CMD, INVALID_LEN, INVALID_SEQ, MSG_TIMEOUT, CHANNEL_BUSY, INVALID_CHANNEL = 0x01, 0x03, 0x04, 0x05, 0x06, 0x0B
CAPABILITIES = 0x04 | 0x08  # CBOR, and no U2F (NMSG)
UP_NEEDED = 2
KEEPALIVE_SECONDS = 0.1
USER_ACTION_SECONDS = 30


class Hid:
    """One plugged-in key: lives as long as one connection.

    A message that stalls for longer than `fragment_seconds` is dropped (11.2.5.2).
    """

    def __init__(self, connection, authenticator, touch, plug, fragment_seconds, log):
        self._socket = connection
        self._authenticator = authenticator
        self._touch = touch
        self._plug = plug
        self._fragment_seconds = fragment_seconds
        self._log = log
        self._channels = set()
        self._partial = b""

    def serve(self):
        """Answers until the other end goes away, or the key does."""
        try:
            while True:
                message = self._receive_message()
                if message:
                    self._dispatch(*message)
        except (Unplugged, ConnectionError):
            pass

    # Reports and messages.

    def _receive_report(self, seconds=None):
        """One report, or None when the time is over."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while len(self._partial) < REPORT:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([self._socket], [], [], left)[0]:
                return None
            data = self._socket.recv(REPORT - len(self._partial))
            if not data:
                raise Unplugged
            self._partial += data
        report, self._partial = self._partial, b""
        return report

    def _receive_message(self):
        """(channel, command, payload), or None for what was answered with an error or is to be ignored."""
        report = self._receive_report()
        while report is not None:
            channel, command, length = struct.unpack(">IBH", report[:7])
            if not command & 0x80:
                return None  # 11.2.4: a stray continuation is ignored
            command &= 0x7F
            if not self._is_open(channel, command):
                return self._error(channel, INVALID_CHANNEL)
            if length > MAX_MESSAGE:
                return self._error(channel, INVALID_LEN)
            payload, report = self._receive_rest(channel, report[7:7 + length], length)
            if payload is not None:
                return channel, command, payload
        return None

    def _receive_rest(self, channel, payload, length):
        """The whole payload and None; or None and the report that began another message; or twice None."""
        sequence = 0
        while len(payload) < length:
            report = self._receive_report(self._fragment_seconds)
            if report is None:
                return self._error(channel, MSG_TIMEOUT), None
            other, byte = struct.unpack(">IB", report[:5])
            if other != channel:
                self._error(other, CHANNEL_BUSY)
                continue
            if byte == 0x80 | INIT:  # 11.2.5.3: INIT on the same channel aborts and resynchronises
                return None, report
            if byte != sequence:
                return self._error(channel, INVALID_SEQ), None
            payload += report[5:]
            sequence += 1
        return payload[:length], None

    def _is_open(self, channel, command):
        return (channel == BROADCAST and command == INIT) or channel in self._channels

    def _send(self, channel, command, payload):
        report = struct.pack(">IBH", channel, command | 0x80, len(payload)) + payload[:INIT_DATA]
        self._socket.sendall(report.ljust(REPORT, b"\0"))
        for sequence, start in enumerate(range(INIT_DATA, len(payload), CONT_DATA)):
            report = struct.pack(">IB", channel, sequence) + payload[start:start + CONT_DATA]
            self._socket.sendall(report.ljust(REPORT, b"\0"))

    def _error(self, channel, code):
        self._send(channel, ERROR, bytes([code]))

    # Commands.

    def _dispatch(self, channel, command, payload):
        if command == INIT:
            self._initialise(channel, payload)
        elif command == PING:
            self._send(channel, PING, payload)
        elif command == CBOR:
            answer = self._authenticator.handle(payload, lambda: self._wait_for_touch(channel))
            name = NAMES.get(payload[0], hex(payload[0])) if payload else "empty command"
            self._log(f"{name} -> {Status(answer[0]).name}")
            self._send(channel, CBOR, answer)
        elif command != CANCEL:  # with nothing to cancel, CANCEL is ignored (11.2.9.1.5)
            self._error(channel, INVALID_CMD)

    def _initialise(self, channel, nonce):
        if len(nonce) != 8:
            self._error(channel, INVALID_LEN)
            return
        given = channel
        if channel == BROADCAST:
            given = int.from_bytes(os.urandom(4), "big") % (BROADCAST - 1) + 1
            self._channels.add(given)
        self._send(channel, INIT, nonce + struct.pack(">IBBBBB", given, 2, 1, 0, 0, CAPABILITIES))

    def _wait_for_touch(self, channel):
        """Blinks: keep-alives every 100 ms until the touch, a CANCEL, or the end of the user's time."""
        self._plug.reach("touch")
        self._log("waits for a touch")
        start = time.monotonic()
        next_blink = 0.0
        while True:
            waited = time.monotonic() - start
            if self._touch.came(waited):
                self._plug.reach("after-touch")
                return
            if waited >= USER_ACTION_SECONDS:
                raise Ctap2Error(Status.USER_ACTION_TIMEOUT)
            if waited >= next_blink:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # who has hung up may have said CANCEL before
                    self._send(channel, KEEPALIVE, bytes([UP_NEEDED]))
                next_blink = waited + KEEPALIVE_SECONDS
            report = self._receive_report(min(next_blink - waited, self._touch.look_again(waited)))
            if report is not None:
                self._while_waiting(channel, report)

    def _while_waiting(self, channel, report):
        """Only CANCEL of the same channel counts; new channels are given out, all else is told to come back."""
        other, command, length = struct.unpack(">IBH", report[:7])
        if command == 0x80 | CANCEL and other == channel:
            raise Ctap2Error(Status.KEEPALIVE_CANCEL)
        if command == 0x80 | INIT and other == BROADCAST:
            self._initialise(other, report[7:7 + length])
        elif command & 0x80 and command != 0x80 | CANCEL:
            self._error(other, CHANNEL_BUSY)
