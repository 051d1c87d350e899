"""`python -m analyzer`: the same as `fsnap-diagnose`."""

from analyzer.cli.main import run

if __name__ == "__main__":
    run()
