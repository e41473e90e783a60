"""`python -m cadet` is the same program as `cadet`."""

from cadet.cli import main

if __name__ == "__main__":
    main()
