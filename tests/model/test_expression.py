import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadet.errors import ExpressionError
from cadet.model.expression import Expression

VALUES = {"mmap": True, "batch": 600, "journal_mode": "wal", "vm.dirty_ratio": 20}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not (mmap and batch > 512)", False),
        ("journal_mode == 'wal'", True),
        ("vm.dirty_ratio * 2 <= 40", True),
        ("0 < batch < 700 and journal_mode in ['wal', 'off']", True),
        ("mmap == true", True),
        ("-batch + 600 == 0", True),
        ("batch // 7 % 2 == 1", True),
        ("journal_mode not in ('delete',)", True),
    ],
)
def test_expressions_mean_what_python_means(text: str, expected: bool) -> None:
    assert Expression(text).holds(VALUES) is expected


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "(lambda: 1)()",
        "[x for x in (1,)]",
        "batch[0]",
        "f'{batch}'",
        "batch ** 99",
        "batch if mmap else 1",
        "(batch := 1)",
        "'a'.upper()",
        "None",
        "b'x'",
        "batch <",
        "",
        "batch << 70",
        "1 is 1",
        "x" * 3000,
    ],
)
def test_everything_outside_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(text)


def test_names_are_known_before_any_value() -> None:
    assert Expression("not (mmap and vm.dirty_ratio > 3) or x in [y, 'z']").names == {
        "mmap",
        "vm.dirty_ratio",
        "x",
        "y",
    }


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ExpressionError, match="did you mean 'batch'"):
        Expression("bacth > 1")(VALUES)


@pytest.mark.parametrize("text", ["journal_mode < 3", "batch / 0 > 1", "'ab' * 3 == 'ababab'", "journal_mode + 1 > 0"])
def test_impossible_evaluations_name_the_expression(text: str) -> None:
    with pytest.raises(ExpressionError, match="cannot be evaluated"):
        Expression(text)(VALUES)


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.sampled_from(["<", "<=", "==", "!=", ">", ">="]))
def test_comparisons_agree_with_python(a: int, b: int, op: str) -> None:
    expected = {"<": a < b, "<=": a <= b, "==": a == b, "!=": a != b, ">": a > b, ">=": a >= b}[op]
    assert Expression(f"a {op} b").holds({"a": a, "b": b}) is expected


@given(st.text(max_size=40))
def test_no_text_does_anything_but_parse_or_refuse(text: str) -> None:
    try:
        Expression(text)
    except ExpressionError as error:
        assert text in str(error) or repr(text) in str(error) or "expression" in str(error)
