"""`python -m gradtui` is `gradtui`."""

from gradtui.cli import main

main()
