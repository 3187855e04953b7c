"""`python -m pcard`."""

from pcard.cli import main

if __name__ == "__main__":
    main()
