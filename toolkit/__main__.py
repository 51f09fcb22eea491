"""`python -m toolkit` is `bitext`."""

from toolkit.cli import main

main()
