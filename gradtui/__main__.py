"""`python -m gradtui` is `gradtui`, and this is where both begin."""

import os
import sys
from pathlib import PurePath

TUNABLES, NO_CACHE = "GLIBC_TUNABLES", "glibc.malloc.tcache_count=0"
MENDED = (2, 38)
"""The first glibc that looks for an aligned block among the free ones."""
OURS = ("gradtui", "__main__.py")
"""How a process is called that does nothing but this."""
UNTRAINED = ("attach", "compare", "doctor", "export", "list", "record", "replay", "runs")
"""Commands that train nothing."""


def main() -> None:
    """Run the command line; Ctrl-C ends it without a word, also while it is still imported."""
    try:
        tune()
        from gradtui.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


def tune() -> None:
    """Begin again, as the same process, with a heap that has room where a tensor was freed.

    An older glibc cuts a little off each aligned block, and a thread keeps what was cut off for
    itself: the next tensor of that size does not fit any more. A net that reads 1437 rows a step
    came to 80 MB so where 18 are enough, and is no quicker for it. That cache can be turned off
    only before a process begins; to begin again takes 20 ms.
    """
    if TUNABLES in os.environ or not sys.executable or not _older():
        return
    if PurePath(sys.argv[0]).name in OURS and sys.argv[1:2] not in [[name] for name in UNTRAINED]:
        os.environ[TUNABLES] = NO_CACHE
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _older() -> bool:
    """Whether this is Linux with a glibc before `MENDED`."""
    if sys.platform != "linux":
        return False
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
        return name == "glibc" and tuple(map(int, version.split(".")[:2])) < MENDED
    except (ValueError, OSError):
        return False


if __name__ == "__main__":
    main()
