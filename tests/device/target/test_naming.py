"""Names lead into paths, labels and command lines: what would mean something else there is refused when it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadet.device.target import from_document, json_schema, load
from cadet.errors import TargetError
from cadet.study.location import FOLDER, locate
from tests.device.documents import document


def refusal(**sections: Any) -> str:
    with pytest.raises(TargetError) as refused:
        from_document(document(**sections), Path())
    assert "\0" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd", "/root/study", "a/b", "..", ".", ".hidden", "-rf", "_x", "a b", "a\nb", "naïve", "x.toml",
        "study.db", "postgresql://db/fleet", "x" * 101, "a\\b", "~", "x\n", "$HOME",
    ],
)  # fmt: skip
def test_a_name_that_is_more_than_a_name_is_refused(name: str) -> None:
    said = refusal(name=name)
    assert said.startswith("name: ")
    assert "letters, digits" in said


@pytest.mark.parametrize("name", ["x", "sqlite-ingest", "v1.2", "0", "A_b-c.d", "x" * 100])
def test_an_ordinary_name_is_taken(name: str) -> None:
    assert from_document(document(name=name), Path()).name == name
    jsonschema.validate(document(name=name), json_schema())


@given(st.text(max_size=120))
def test_whatever_name_is_taken_its_study_lies_in_the_folder_of_studies(name: str) -> None:
    try:
        taken = from_document(document(name=name), Path()).name
    except TargetError:
        return
    assert locate(taken, Path("here")) == Path("here") / FOLDER / f"{taken}.db"


LABELLED = ["latency@rows", "a=b", "a,b", "", " a", "a\tb", "a\x1bb", "\x7f"]


@pytest.mark.parametrize("name", [*LABELLED, "a<b", "a>=1"])
def test_an_objective_whose_name_would_be_read_otherwise_is_refused(name: str) -> None:
    assert refusal(objectives={name: {"from": "output:speed"}}).startswith("objectives.")


@pytest.mark.parametrize("name", LABELLED)
def test_a_context_whose_name_would_be_read_otherwise_is_refused(name: str) -> None:
    assert refusal(context={name: {"values": [1, 2]}}).startswith("context.")


@pytest.mark.parametrize("value", ["a,b", "a=b", "a@b", "a\nb"])
def test_a_context_value_that_would_be_read_otherwise_is_refused(value: str) -> None:
    assert refusal(context={"load": {"values": ["low", value]}}).startswith("context.load.values: ")


@pytest.mark.parametrize("name", ["", " pace", "pa\nce", "{pace}", "flag:pace", "\x00"])
def test_an_option_name_that_no_placeholder_can_hold_is_refused(name: str) -> None:
    assert refusal(options={name: {"values": [1, 2], "default": 1}})


@pytest.mark.parametrize(
    ("place", "sections"),
    [
        ("workload.command[1]", {"workload": {"command": ["echo", "{pace}\0"]}}),
        ("options.pace.values[1]", {"options": {"pace": {"values": ["a", "b\0"], "default": "a"}}}),
        ("options.pace.flag", {"options": {"pace": {"values": ["a", "b"], "default": "a", "flag": {"a\0": ["x"]}}}}),
        ("workload.workdir", {"workload": {"command": ["echo", "{pace}"], "workdir": "\0"}}),
        ("name", {"name": "a\0"}),
    ],
)
def test_a_nul_character_is_refused_by_place(place: str, sections: dict[str, Any]) -> None:
    assert refusal(**sections).startswith(f"{place}: holds a NUL character")


@pytest.mark.parametrize(
    "option",
    [
        {"range": [1, 10**400], "default": 1},
        {"range": [-(10**30), 1], "default": 1},
        {"values": [1, 10**400], "default": 1},
        {"range": [-1.7e308, 1.7e308], "default": 1.0},
    ],
)
def test_a_number_beyond_any_float_is_refused(option: dict[str, Any]) -> None:
    assert refusal(options={"pace": option}).startswith("options.pace.")


def test_a_file_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_text(f"cadet = {'[' * 5000}{']' * 5000}")
    with pytest.raises(TargetError, match="nested too deeply"):
        load(tmp_path / "target.toml")
