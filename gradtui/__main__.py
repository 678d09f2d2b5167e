"""`python -m gradtui` is `gradtui`, and this is where both begin."""

import sys


def main() -> None:
    """Run the command line; Ctrl-C ends it without a word, also while it is still imported."""
    try:
        from gradtui.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
