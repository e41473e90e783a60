from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadet.device.target.placeholders import fill, flag_names, names, render, spell

FLAGS = {"mmap": {True: ("--mmap", "yes"), False: ()}}


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["{a}"], ["5"]),
        (["--a={a}", "x{b}y{a}"], ["--a=5", "xfasty5"]),
        (["{flag:mmap}", "end"], ["--mmap", "yes", "end"]),
        (["{{a}}", "{{{a}}}"], ["{a}", "{5}"]),
        (["$HOME; rm -rf *"], ["$HOME; rm -rf *"]),
        (["{vm.ratio}"], ["0.5"]),
    ],
)
def test_values_go_where_their_names_are(argv: list[str], expected: list[str]) -> None:
    values = {"a": 5, "b": "fast", "mmap": True, "vm.ratio": 0.5}
    assert render(argv, values, FLAGS, {"mmap"}) == expected


def test_a_flag_may_be_nothing() -> None:
    assert render(["{flag:mmap}"], {"mmap": False}, FLAGS, {"mmap"}) == []


def test_the_flag_of_an_option_that_does_not_exist_vanishes() -> None:
    assert render(["{flag:mmap}"], {"mmap": True}, FLAGS, ()) == []


def test_placeholders_are_found() -> None:
    argv = ["{a}", "x{b}", "{flag:c}", "{{d}}"]
    assert names(argv) == {"a", "b"}
    assert flag_names(argv) == {"c"}


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), (1, "1"), (0.25, "0.25"), ("off", "off")]
)
def test_programs_can_read_the_spelling(value: bool | int | float | str, text: str) -> None:
    assert spell(value) == text


@given(st.text())
def test_doubled_braces_come_back_as_they_were(text: str) -> None:
    assert fill(text.replace("{", "{{").replace("}", "}}"), {}) == text


@given(st.text())
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    assert fill("{a}", {"a": value}) == value
