"""`python -m guardc`: the command line."""

from guardc.cli import main

if __name__ == "__main__":
    main()
