from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadet.errors import ExpressionError
from cadet.model.domain import Value
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
        "[batch]",
        "[batch] * 60000000 != [1]",
        "1 + (1, 2)",
        "not [1]",
        "batch == [1]",
        "[1] in [[1]]",
        "batch in [1] == [1]",
        "batch in [*[1]]",
        "batch in {1: 2}",
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


# ── an expression may come from anybody, and must not cost the reader anything ──────────────────────────────────────

NESTED = {
    "a sum": lambda n: "+".join(["x"] * n),
    "signs": lambda n: "-" * n + "x",
    "negations": lambda n: "not " * n + "x",
    "brackets": lambda n: "(" * n + "x" + ")" * n,
    "lists": lambda n: "x in " + "[" * n + "x" + "]" * n,
    "products of lists": lambda n: "[x]" + "*x" * n,
    "a dotted name": lambda n: ".".join(["x"] * n),
    "comparisons": lambda n: "(" * n + "x" + "<x)" * n,
    "calls": lambda n: "x(" * n + ")" * n,
    "indices": lambda n: "x" + "[0]" * n,
    "conjunctions": lambda n: " and ".join(["x"] * n),
    "a number": lambda n: "9" * n,
}


@pytest.mark.parametrize("pattern", NESTED.values(), ids=NESTED)
@given(n=st.integers(1, 2100), value=st.sampled_from([0, 1, -3, 2**63, 1e9, 1e300, True, "text"]))
def test_text_of_any_length_and_depth_has_a_value_or_is_refused(
    pattern: Callable[[int], str], n: int, value: Value
) -> None:
    text = pattern(n)
    values = {"x": value, text: value}
    try:
        result = Expression(text)(values)
    except ExpressionError as error:
        assert len(str(error)) < 400
    else:
        assert len(text) <= 2000
        assert isinstance(result, bool | int | float | str)


@pytest.mark.parametrize("text", ["+".join(["x"] * 900), "-" * 1500 + "x", "not " * 400 + "x"])
def test_deep_nesting_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(ExpressionError, match="nests more than 100"):
        Expression(text)


def test_a_long_constraint_of_a_wide_target_is_read() -> None:
    names = [f"option_{i}" for i in range(90)]
    assert Expression(" + ".join(names) + " <= 90").holds(dict.fromkeys(names, 1))
    assert Expression(" or ".join(f"{name} > 1" for name in names)).holds(dict.fromkeys(names, 2))


def test_too_long_a_text_is_refused() -> None:
    assert Expression("x" * 2000).names == {"x" * 2000}
    with pytest.raises(ExpressionError, match="2001 characters"):
        Expression("x" * 2001)


@pytest.mark.parametrize("text", ["*".join(["x"] * 90), "x * 1e250 * 1e250 < 1", "x - 1e999 < 1", "x * 1e999 == 0"])
def test_numbers_do_not_grow_without_bound(text: str) -> None:
    with pytest.raises(ExpressionError, match="cannot be evaluated"):
        Expression(text)({"x": 2**62})


ATOMS = st.sampled_from(["x", "a.b", "1", "0", "2.5", "1e200", "'t'", "true", "9" * 300])
TEXTS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from([*"+-*/%<>", "//", "==", "and", "or", "in"]), inner),
        st.builds("{}{}".format, st.sampled_from(["-", "not ", "+"]), inner),
        st.builds("{} in [{}, {}]".format, inner, inner, inner),
    ),
    max_leaves=60,
)


@given(TEXTS, st.sampled_from([0, 7, -(2**70), 1e-300, False, "t"]))
def test_generated_expressions_have_a_value_or_are_refused(text: str, value: Value) -> None:
    try:
        result = Expression(text)({"x": value, "a.b": value})
    except ExpressionError:
        return
    assert isinstance(result, bool | int | float | str)


@given(st.text(max_size=40))
def test_no_text_does_anything_but_parse_or_refuse(text: str) -> None:
    try:
        expression = Expression(text)
    except ExpressionError as error:
        assert repr(text) in str(error)
    else:
        assert all(all(part.isidentifier() for part in name.split(".")) for name in expression.names)
