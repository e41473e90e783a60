from __future__ import annotations

import string
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadet.device.target import from_document, json_schema, load
from cadet.model.domain import Choice, Interval
from tests.device.documents import document, function, target

EXAMPLE = """
cadet = 1
name = "sqlite-ingest"

[workload]
command = ["python3", "ingest.py", "--journal", "{journal_mode}", "{flag:mmap}", "{rows}", "{batch}",
           "{wal_autocheckpoint}"]
setup = [["python3", "make_input.py"]]
timeout_s = 20
workdir = "."

[service]
start = ["redis-server", "--port", "{port}", "--appendfsync", "{appendfsync}"]
ready = { tcp = "127.0.0.1:{port}", timeout_s = 10 }

[run]
repeats = 3
warmup = 1
isolation = "none"
quiet = { max_other_cpu = 0.15, max_wait_s = 10 }

[options.journal_mode]
values = ["delete", "truncate", "wal", "off"]
default = "delete"
consent = { off = "durability" }

[options.appendfsync]
values = ["always", "no"]
default = "always"

[options.batch]
range = [1, 1024]
scale = "log"
default = 1

[options.mmap]
values = [false, true]
default = false
flag = { true = ["--mmap"], false = [] }

[options.wal_autocheckpoint]
values = [100, 1000, 10000]
default = 1000
when = "journal_mode == 'wal'"

[options."malloc.arenas"]
values = ["1", "4"]
ordered = true
default = "1"
layer = "framework"
actuator = { env = "MALLOC_ARENA_MAX" }
cost_s = 0.1

[[constraints]]
expr = "not (mmap and batch > 512)"
reason = "address space of the small board"

[[consent]]
expr = "journal_mode == 'wal' and batch == 1"
cost = "durability"

[events]
output = ["queue_depth", "cache_hits"]
rusage = true
pressure = true

[objectives.latency]
from = "wall"
unit = "s"
goal = "min"
slo = 0.5

[context.rows]
values = [1000, 10000]
"""


@pytest.fixture
def example(tmp_path: Path) -> Path:
    path = tmp_path / "target.toml"
    path.write_text(EXAMPLE)
    return path


def test_seconds_are_the_unit_of_clocks_and_only_wall_time_is_bounded_by_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    path.write_text(EXAMPLE.replace('unit = "s"\n', "") + '[objectives.work]\nfrom = "cpu"\n')
    latency, work = load(path).objectives
    assert (latency.unit, latency.bounded_by_time) == ("s", True)
    assert (work.unit, work.bounded_by_time) == ("s", False)


def test_the_contract_is_read(example: Path) -> None:
    target = load(example)
    options = target.space.by_name
    assert target.name == "sqlite-ingest"
    assert options["batch"].domain == Interval(1, 1024, integer=True, log=True)
    assert options["mmap"].domain == Choice((False, True))
    assert options["wal_autocheckpoint"].domain == Choice((100, 1000, 10000), ordered=True)
    assert options["malloc.arenas"].domain == Choice(("1", "4"), ordered=True)
    assert options["journal_mode"].consent == {"off": "durability"}
    assert target.space.consent(target.space.configuration({"journal_mode": "wal"})) == {"durability"}
    assert not target.space.feasible(target.space.configuration({"mmap": True, "batch": 600}))
    assert len(target.space.levels()) == 2
    assert {"queue_depth", "rusage.major_faults"} <= set(target.events)


def test_a_service_restarts_for_what_its_start_uses(example: Path) -> None:
    service = load(example).service
    assert service is not None
    assert service.restart_on == {"appendfsync", "malloc.arenas"}


def test_the_document_says_all(example: Path) -> None:
    target = load(example)
    again = from_document(target.document, example.parent)
    assert again.digest == target.digest
    assert again.space == target.space


def test_the_digest_changes_with_the_file(example: Path) -> None:
    before = load(example).digest
    example.write_text(EXAMPLE.replace("repeats = 3", "repeats = 4"))
    assert load(example).digest != before


def test_the_schema_accepts_what_is_read(example: Path) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    validator.check_schema(json_schema())
    validator.validate(load(example).document)
    validator.validate(document())
    validator.validate(function())


@pytest.mark.parametrize(
    "wrong",
    [{"nmae": "x"}, {"name": 3}, {"cadet": 2}, {"workload": {}}, {"workload": {"command": ["a"], "function": "a:b"}}],
)
def test_the_schema_refuses_what_is_not_read(wrong: dict[str, object]) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    assert not validator.is_valid({**document(), **wrong})


def test_numbers_come_in_order_and_text_has_none(tmp_path: Path) -> None:
    options = {"pace": {"values": [3, 1, 2], "default": 3}, "mode": {"values": ["b", "a"], "default": "b"}}
    read = target(tmp_path, options=options, workload={"command": ["true", "{pace}", "{mode}"]}).space.by_name
    assert read["pace"].domain == Choice((1, 2, 3), ordered=True)
    assert read["mode"].domain == Choice(("b", "a"), ordered=False)


def test_off_and_no_stay_text(tmp_path: Path) -> None:
    options = {"pace": {"values": ["off", "no", "true"], "default": "no"}}
    assert target(tmp_path, options=options).space.default["pace"] == "no"


def test_a_world_brings_its_space(tmp_path: Path) -> None:
    read = from_document({"cadet": 1, "name": "w", "workload": {"simulated": {"world": "chain", "seed": 3}}}, tmp_path)
    assert len(read.space.options) >= 10
    assert read.objectives
    assert read.events


text = st.text(string.ascii_lowercase, min_size=1, max_size=8)
scalars = st.one_of(
    st.lists(st.integers(-1000, 1000), min_size=2, max_size=6, unique=True),
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=6, unique=True),
    st.lists(text, min_size=2, max_size=6, unique=True),
    st.permutations([False, True]),
)


@given(values=scalars, pick=st.integers(0, 100))
def test_every_listed_value_is_kept_with_its_type(values: list[bool | int | float | str], pick: int) -> None:
    default = values[pick % len(values)]
    read = target(Path(), options={"pace": {"values": values, "default": default}}).space
    kept = read.by_name["pace"].domain.levels()
    assert sorted(map(repr, kept)) == sorted(map(repr, values))
    assert repr(read.default["pace"]) == repr(default)


@given(low=st.integers(-50, 50), width=st.integers(1, 100))
def test_a_range_of_whole_numbers_stays_whole(low: int, width: int) -> None:
    read = target(Path(), options={"pace": {"range": [low, low + width], "default": low}}).space
    assert all(isinstance(value, int) for value in read.by_name["pace"].domain.levels())
