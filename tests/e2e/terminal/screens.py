"""What is on a screen and changes from run to run gets a name; then the screen is compared, as a whole, with the kept one."""

import difflib
import pathlib
import re

# In this order. The first ones are paths and identifiers, in which a later rule would find a time or a number.
RULES = [
    (r"vouch-e2e\.\w{6}", "vouch-e2e.NAME"),
    (r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?Z?", "<time>"),
    (r"\b20\d\d-\d\d-\d\d\b", "<day>"),
    (r"\b\d\d:\d\d(:\d\d)?\b(?! \$)", "<time>"),
    (r"(127\.0\.0\.1|localhost):\d+", r"\1:<port>"),
    (r"\bpid \d+", "pid <pid>"),
    (r"\b\d+ h( \d+ min)?\b|\b\d+ min( \d+ s)?\b|\b\d+ s\b", "<duration>"),
    (r"█+", "<full>"),  # as wide as the text beside it lets it be
    (r"░+", "<empty>"),
    (r"\b\d+ in order", "<count> in order"),
    (r"\b[A-Z]{4}-[A-Z]{4}\b", "<code>"),
    (r"\bASIA[A-Z0-9]{8,}", "<key-id>"),
]

# How often kubectl asks before it gives up, and what it logs meanwhile, depends on its version and on its cache.
KUBECTL = re.compile(r"^E\d{4} .*\n|^(vouch-exec-credential: .*\n)(?=(?:E\d{4} .*\n)?\1)", re.MULTILINE)
PLACEHOLDER = re.compile(r"<[a-z-]+>")


def normalise(text, names=()):
    """The text with placeholders. `names`: pairs of a text of this run (a folder, a version) and its placeholder."""
    for found, name in sorted(names, key=lambda pair: -len(pair[0])):
        text = text.replace(found, name)
    text = KUBECTL.sub("", text)
    for pattern, name in RULES:
        text = re.sub(pattern, name, text)
    return "\n".join(_with_narrow_columns(line) for line in text.split("\n"))


# A table's columns move with the length of what was replaced.
def _with_narrow_columns(line):
    is_heading = re.fullmatch(r"[A-Z -]+", line) is not None
    return re.sub(r"(?<=\S) {2,}", "  ", line) if is_heading or PLACEHOLDER.search(line) else line


class Screens:
    """The kept screens of one folder. With `update` a difference is written instead of reported."""

    def __init__(self, folder, names=(), update=False):
        self._folder, self._names, self._update = pathlib.Path(folder), names, update
        self.differences = []
        self.seen = set()

    def is_kept(self, name, text):
        """Whether that is the kept screen; with `update` any is."""
        return self._update or normalise(text, self._names) == self._kept(name)

    def _kept(self, name):
        path = self._folder / f"{name}.txt"
        return path.read_text() if path.exists() else ""

    def check(self, name, text):
        """Compares a screen with the kept one; a difference goes into `differences` as a unified diff."""
        if name in self.seen:
            raise ValueError(f"two screens are called {name}")
        self.seen.add(name)
        got, path = normalise(text, self._names), self._folder / f"{name}.txt"
        kept = self._kept(name)
        if got == kept:
            return
        if self._update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(got)
            return
        self.differences.append("".join(difflib.unified_diff(
            kept.splitlines(keepends=True), got.splitlines(keepends=True), f"expected {path.parent.name}/{path.name}",
            "on the screen")))

    def finish(self):
        """A kept screen that nobody looked at is a difference, too."""
        for path in sorted(self._folder.glob("*.txt")):
            if path.stem not in self.seen:
                if self._update:
                    path.unlink()
                else:
                    self.differences.append(f"nobody came to the screen {path.parent.name}/{path.name}\n")
        return not self.differences
