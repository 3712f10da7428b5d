"""Which faults are played together in one home, and which of the homes at the same time. Used by `report`."""

import dataclasses
from collections.abc import Callable

import clocks
import crowds
import refusals
import upstream
from home import Skip, is_sanitized, leave_all  # noqa: F401  (for report)


@dataclasses.dataclass
class Scene:
    """`play(binaries, wanted, number)` yields the lines of the wanted names; the number is that of callers, or of a crowd.
    `alone`: nothing else may run meanwhile."""

    names: list
    play: Callable
    alone: bool = False
    number: str = "callers"

    def run(self, binaries, wanted, arguments):
        return self.play(binaries, wanted, getattr(arguments, self.number))


def _parts(names, parts):
    return [names[part::parts] for part in range(parts)]


SCENES = [
    *(Scene(names, upstream.run) for service in ("sts", "vouch") for names in _parts(upstream.names(service), 2)),
    Scene(refusals.NAMES, refusals.run),
    *(Scene([name], clocks.run_outages) for name in clocks.OUTAGES),
    Scene(list(clocks.MINUTES_OFF), clocks.run_skews),
    Scene([*clocks.SET, clocks.SET_BACK], clocks.run_sets),
    Scene(clocks.SUSPEND, clocks.run_suspends),
    Scene([crowds.KILLED], crowds.run_killed, alone=True),
    Scene([crowds.ONE, crowds.MANY, crowds.FAILING], crowds.run_storms, alone=True, number="crowd"),
]


def choose(words):
    """(scene, names) of all whose name has one of the words in it; everything without words."""
    def fits(name):
        return not words or any(word.lower() in name.lower() for word in words)

    chosen = [(scene, list(filter(fits, scene.names))) for scene in SCENES]
    return [(scene, names) for scene, names in chosen if names]
