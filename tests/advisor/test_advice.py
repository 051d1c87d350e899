"""The parts that recommendations are made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analyzer.advisor.conditions import EVALUATED, fits
from analyzer.advisor.growth import grown
from analyzer.advisor.host_advice import fits_by_the_model
from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.advisor.limits import nextflow_time, time_values
from analyzer.advisor.memory import memory_that_fits
from analyzer.advisor.placeholders import fill, known_values
from analyzer.advisor.reckoning import reckon
from analyzer.advisor.recommend import recommend
from analyzer.advisor.scope import scoped
from analyzer.advisor.window import Window
from analyzer.classifier.catalogue import Advice, CatalogueError, shipped
from analyzer.classifier.catalogue_read import read_rules
from analyzer.classifier.facts import AttemptFacts, Facts, InstanceFact
from analyzer.classifier.finding import Finding, Quote, Recommendation
from analyzer.classifier.rule_record import CONDITIONS
from analyzer.evidence.job import Attempt, ContainerSpec, Job
from analyzer.evidence.model import Evidence
from analyzer.parsers.checkpoint_log import CheckpointLog
from analyzer.parsers.checkpoints import Checkpoint
from analyzer.parsers.command_run import CommandRunHeader
from analyzer.parsers.task_trace import TaskTrace
from tests.classifier.test_checkpoint_rules import checkpoints_of
from tests.parsers.checkpoint_samples import HEADER

GIB = 2**30
ROOT = Finding("FS101", "dump.window_exceeded", "error", "likely", "It did not fit.", (Quote("x", "Denied: ECR"),))
RULES = """
[[rule]]
id = "FS901"
cause = "app.x"
title = "X"
means = "It is so."
what_to_do = "Do."
  [[rule.signature]]
  source = "task"
  text = "it broke"
  [[rule.advice]]
  kind = "retry"
  summary = "Again."
  MEMBER
"""


def _job(memory_mib: int | None = None, timeout: int | None = None) -> Facts:
    spec = ContainerSpec(memory_mib=memory_mib)
    return Facts("x", "job", job=Job(id="abc", status="FAILED", timeout_seconds=timeout, containers=(spec,)))


def test_every_condition_can_be_evaluated() -> None:
    assert set(EVALUATED) == set(CONDITIONS)
    assert all(isinstance(condition(Facts("x", "log")), bool) for condition in EVALUATED.values())


def test_every_condition_is_described() -> None:
    page = (Path(__file__).parents[2] / "docs" / "rules-file.md").read_text("utf-8")
    assert [name for name in CONDITIONS if f"`{name}`" not in page] == []


def test_advice_is_bound_by_words_in_any_case() -> None:
    facts = Facts("x", "log")
    assert fits(Advice("retry", "x", when=("ecr",)), facts, ROOT)
    assert not fits(Advice("retry", "x", when=("quay",)), facts, ROOT)
    assert not fits(Advice("retry", "x", unless=("did not FIT",)), facts, ROOT)
    assert fits(Advice("retry", "x", only=("job-unknown", "bare-log")), facts, ROOT)
    assert not fits(Advice("retry", "x", only=("job-unknown", "running")), facts, ROOT)


def test_hosts_are_x86_unless_they_are_known_not_to_be() -> None:
    arm = AttemptFacts(Attempt(1, "job.attempts[0]"), InstanceFact("i-1", "c7gd.large", architecture="arm64"))
    assert EVALUATED["x86_64"](Facts("x", "job"))
    assert EVALUATED["arm64"](Facts("x", "job", attempts=(arm,)))


@pytest.mark.parametrize(
    ("member", "complaint"),
    [
        ('only = "sunday"', "is 'sunday', must be one of"),
        ('only = ["running", "sunday"]', "holds 'sunday', must be of"),
        ("only = 3", "'only' must be a list"),
        ('when = "text"', "'when' must be a list"),
        ('when = [""]', "'when' must hold no empty string"),
        ("unless = [1]", "'unless' must hold only strings"),
    ],
)
def test_mistakes_are_named(member: str, complaint: str) -> None:
    with pytest.raises(CatalogueError, match="advice 1: ") as error:
        read_rules(RULES.replace("MEMBER", member), "mine.toml")
    assert complaint in str(error.value)


def test_a_rule_may_bind_its_advice() -> None:
    rules = read_rules(RULES.replace("MEMBER", 'only = "running"\n  when = ["a", "b"]'), "mine.toml")
    assert rules["FS901"].advice == (Advice("retry", "Again.", when=("a", "b"), only=("running",)),)


@pytest.mark.parametrize(("seconds", "shown"), [(7200, "2.h"), (5400, "90.min"), (45, "45.s")])
def test_times_as_nextflow_takes_them(seconds: int, shown: str) -> None:
    assert nextflow_time(seconds) == shown
    assert time_values(_job(timeout=seconds))["YOUR-TIME"] == shown


def test_without_a_limit_there_is_nothing_to_fill_in() -> None:
    assert time_values(_job()) == {}
    assert fill("time = YOUR-TIME", {}) == "time = YOUR-TIME"


def test_more_memory_is_more_than_was_asked_for_and_than_was_seen() -> None:
    growth = grown(_job(memory_mib=1000))
    assert growth is not None
    assert (growth.proposed, growth.amount) == (2 * GIB, "2.GB")
    seen = grown(replace(_job(memory_mib=1024), trace=TaskTrace(peak_rss_bytes=8 * GIB)))
    assert seen is not None
    assert seen.proposed == 10 * GIB
    assert grown(_job()) is None


def test_memory_that_nobody_knows_is_left_to_the_reader() -> None:
    root = replace(ROOT, rule="FS438", cause="container.out_of_memory")
    (advice,) = recommend(Facts("x", "log"), root, shipped())
    assert (advice.kind, advice.proposed) == ("configuration", {})
    assert "YOUR-MEMORY" in (advice.snippet or "")


def _cut_dump(seconds: float, written: int) -> Checkpoint:
    (checkpoint,) = checkpoints_of(
        {"1/dump_1.log": HEADER + f"(00.000001) Dumping processes\n({seconds:09.6f}) going on\n"}
    )
    assert isinstance(checkpoint.dump, CheckpointLog)
    return replace(checkpoint, files={"pages-1.img": written})


def _fitting(facts: Facts) -> Recommendation | None:
    return memory_that_fits(facts, reckon(facts, ROOT, shipped_instances(), None, Window()))


def test_a_small_job_is_not_told_to_ask_for_more_than_it_does() -> None:
    facts = replace(_job(memory_mib=4096), checkpoints=(_cut_dump(50.0, 3 * GIB),))
    assert _fitting(facts) is None  # 6 GiB would fit
    told = fits_by_the_model(reckon(facts, ROOT, shipped_instances(), None, Window()))
    assert told is not None
    assert "neither less memory nor more bandwidth" in told.summary


def test_a_dump_without_bytes_makes_no_rate() -> None:
    assert _fitting(replace(_job(), checkpoints=(_cut_dump(50.0, 0),))) is None
    assert _fitting(replace(_job(), checkpoints=(_cut_dump(0.5, GIB),))) is None


def test_settings_are_tied_to_their_process() -> None:
    assert scoped("process.memory = 8.GB", "A:B") == "process {\n    withName: 'A:B' {\n        memory = 8.GB\n    }\n}"
    block = scoped("x = 1\nprocess {\n    time = 2.h\n}", "A")
    assert block == "x = 1\nprocess {\n    withName: 'A' {\n        time = 2.h\n    }\n}"
    assert "// replaces" in scoped("process.containerOptions = '-e A=1'", "A")


@pytest.mark.parametrize(
    "snippet",
    [
        "process.executor = 'awsbatch'",
        "process.resourceLimits = [cpus: 4]",
        "process.errorStrategy = 'finish'",
        "process {\n    withName: 'B' {\n        time = 2.h\n    }\n}",
        "process {\n    resourceLimits = [cpus: 4]\n}",
        "process {\n    memory = 1.GB",
    ],
)
def test_what_is_meant_for_all_or_is_tied_already_stays(snippet: str) -> None:
    assert scoped(snippet, "A") == snippet


@pytest.mark.parametrize("process", ["A'; rm -rf /", "A B", "", "a" * 300])
def test_hostile_names_are_not_filled_in(process: str) -> None:
    facts = replace(_job(), command_run=CommandRunHeader(task_name=process, process=process))
    assert "YOUR_PROCESS" not in known_values(facts, ROOT, None)


@pytest.mark.parametrize(
    ("workdir", "kept"),
    [
        ("s3://bucket/work/ab/cdef12", True),
        ("s3://bucket/$(reboot)/x", False),
        ("s3://bucket/a b", False),
        ("s3://bucket/token=eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", False),
    ],
)
def test_only_harmless_values_are_filled_in(workdir: str, kept: bool) -> None:
    evidence = Evidence("x", "workdir", workdir_uri=workdir)
    values = known_values(Facts("x", "workdir"), ROOT, evidence)
    assert ("YOUR-WORKDIR" in values) is kept


def test_a_name_that_was_cut_is_no_name() -> None:
    root = replace(ROOT, evidence=(Quote("x", "no /fusion/s3/bucket/ref/g… found"),))
    assert "YOUR-OBJECT" not in known_values(Facts("x", "log"), root, None)
    whole = replace(ROOT, evidence=(*root.evidence, Quote("x", "cat: /fusion/s3/bucket/ref/genome.fa: No such file")))
    assert known_values(Facts("x", "log"), whole, None)["YOUR-OBJECT"] == "s3://bucket/ref/genome.fa"


def test_a_dump_that_stops_at_the_window_s_length_is_not_said_to_be_a_chance() -> None:
    root = replace(ROOT, rule="FS102", cause="dump.interrupted")
    facts = Facts("x", "log", checkpoints=(_cut_dump(99.9, 3 * GIB),))
    assert any("nothing in it says" in r.summary for r in recommend(facts, root, shipped()))
    (late,) = checkpoints_of({"1/dump_1.log": HEADER + "(00.000001) Dumping processes\n(119.900000) going on\n"})
    told = " ".join(r.summary for r in recommend(replace(facts, checkpoints=(late,)), root, shipped()))
    assert "length of the reclamation window" in told
    assert "job's id would decide" in told
    assert "nothing in it says" not in told


def test_graviton_is_not_told_of_incremental_dumps_on_x86() -> None:
    arm = AttemptFacts(Attempt(1, "job.attempts[0]"), InstanceFact("i-1", "c7gd.large", architecture="arm64"))
    told = " ".join(r.summary for r in recommend(replace(_job(), attempts=(arm,)), ROOT, shipped()))
    assert "Graviton" in told
    assert "No pre-dump" not in told
