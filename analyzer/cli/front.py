"""The front page, `fsnap-diagnose --help`: what there is, said without loading any of it."""

from __future__ import annotations

USAGE = "Usage: fsnap-diagnose [OPTIONS] COMMAND [ARGS]..."

HELP = """Names why a Nextflow task on AWS Batch Spot failed when Fusion Snapshots
should have saved it, and proves it.

  fsnap-diagnose TARGET...         name the cause, with the proof
  fsnap-diagnose diagnose --help   all options of a diagnosis

TARGET is any mix of
  a Batch job id, an array child (ID:INDEX) or a job ARN
  s3://bucket/work/xx/hash, for jobs that Batch has forgotten
  a capture or a bundle (folder or .zip), a local work directory
  a job as DescribeJobs returns it (.json)
  a log: a CRIU dump, pre-dump or restore log, .command.log, .fusion.log
  - for targets from standard input, one a line"""

OPTIONS = {
    "--version": "Show the version.",
    "--install-completion": "Install completion for the current shell.",
    "--show-completion": "Show completion for the current shell, to copy it.",
    "-h, --help": "Show this message and exit.",
}

COMMANDS = {
    "diagnose": "Name the cause of what happened, and prove it.",
    "capture": "Save the evidence while it can still be had.",
    "explain": "Show the page of a rule, a check, a cause or an exit code.",
    "rules": "List every rule, and every check of the pre-flight.",
    "instances": "List instance types: memory, bandwidth, storage, Spot.",
    "demo": "Diagnose the shipped examples; needs no AWS.",
    "advise": "Say which instance types let a dump end in time.",
    "check": "Hold a queue, an environment or a job against what it needs.",
    "bundle": "Make one file for the support ticket.",
    "unredact": "Turn the stand-ins of a text back.",
    "report": "Say of whole queues, runs or folders what failed, and why.",
    "watch": "Follow queues, and save the evidence while it can still be had.",
}
"""Each is a function in the module of its name, whose description begins with the same sentence."""

EPILOG = """Exit status: 0 nothing wrong was found; 1 at least one problem was diagnosed;
2 the command line is wrong; 3 at least one target could not be examined at
all (wins over 1)."""


def _listed(rows: dict[str, str]) -> str:
    width = max(map(len, rows))
    return "\n".join(f"  {name.ljust(width)}  {summary}" for name, summary in rows.items())


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())


def page() -> str:
    """The whole page, in 80 columns."""
    return f"""{USAGE}

{_indented(HELP)}

Options:
{_listed(OPTIONS)}

Commands:
{_listed(COMMANDS)}

{_indented(EPILOG)}
"""
