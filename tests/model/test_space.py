import pytest

from cadet.errors import DomainError
from cadet.model.domain import Choice, Interval
from cadet.model.expression import Expression
from cadet.model.option import Configuration, Context, Option
from cadet.model.space import Change, Consent, Constraint, Space

SPACE = Space(
    options=(
        Option("journal", Choice(("delete", "wal", "off")), "delete", consent={"off": "durability"}),
        Option("sync", Choice(("full", "normal")), "full"),
        Option("batch", Interval(1, 1024, integer=True, log=True), 1),
        Option("checkpoint", Choice((100, 1000), ordered=True), 1000, when=Expression("journal == 'wal'")),
        Option("deep", Choice((False, True)), False, when=Expression("checkpoint == 100")),
    ),
    constraints=(Constraint(Expression("not (batch > 512 and sync == 'full')"), "too slow"),),
    consents=(Consent(Expression("journal == 'wal' and sync == 'normal'"), "durability"),),
    context=(Context("rows", Choice((10, 20), ordered=True)), Context("hot", Choice((False, True)))),
)


def test_missing_options_take_their_defaults() -> None:
    assert SPACE.default == SPACE.configuration({"journal": "delete"})
    assert SPACE.default["batch"] == 1


def test_an_unknown_option_is_answered_with_the_nearest() -> None:
    with pytest.raises(DomainError, match="did you mean 'journal'"):
        SPACE.configuration({"jornal": "wal"})


def test_a_wrong_value_names_option_and_alternatives() -> None:
    with pytest.raises(DomainError, match=r"option 'journal': 'WAL' is not one of 'delete', 'wal', 'off'"):
        SPACE.configuration({"journal": "WAL"})


def test_inactive_options_do_not_make_configurations_differ() -> None:
    assert SPACE.configuration({"checkpoint": 100}) == SPACE.default


def test_a_condition_on_a_conditional_option_settles_too() -> None:
    asked = {"journal": "delete", "checkpoint": 100, "deep": True}
    assert SPACE.configuration(asked) == SPACE.default
    assert SPACE.configuration({**asked, "journal": "wal"})["deep"] is True


def test_changes_name_only_what_exists_afterwards() -> None:
    wal = SPACE.configuration({"journal": "wal", "checkpoint": 100})
    assert SPACE.changes(SPACE.default, wal) == (
        Change("journal", "delete", "wal"),
        Change("checkpoint", None, 100),
    )
    assert SPACE.changes(wal, SPACE.default) == (Change("journal", "wal", "delete"),)


def test_making_the_changes_gives_the_configuration() -> None:
    wal = SPACE.configuration({"journal": "wal", "checkpoint": 100, "batch": 64})
    changes = {c.option: c.after for c in SPACE.changes(SPACE.default, wal)}
    assert SPACE.change(SPACE.default, changes) == wal


def test_constraints_and_consents_hold_back() -> None:
    assert not SPACE.feasible(SPACE.configuration({"batch": 600}))
    relaxed = SPACE.configuration({"journal": "wal", "sync": "normal"})
    assert SPACE.asks(relaxed, frozenset()) == {"durability"}
    assert SPACE.asks(SPACE.configuration({"journal": "off"}), frozenset()) == {"durability"}
    assert not SPACE.permits(relaxed, frozenset())
    assert SPACE.permits(relaxed, frozenset({"durability"}))


def test_what_a_fault_gives_up_opens_no_other_way_to_the_same_cost() -> None:
    relaxed = SPACE.configuration({"journal": "wal", "sync": "normal"})
    kept = SPACE.given_up(relaxed)
    assert SPACE.permits(relaxed, kept)
    assert SPACE.permits(SPACE.change(relaxed, {"batch": 64}), kept)
    assert not SPACE.permits(SPACE.configuration({"journal": "off"}), kept)


def test_neighbours_differ_in_one_option_and_are_permitted() -> None:
    for neighbour in SPACE.neighbours(SPACE.default, frozenset()):
        assert len(SPACE.changes(SPACE.default, neighbour)) == 1
        assert SPACE.permits(neighbour, frozenset())


def test_a_recorded_space_knows_only_its_rows() -> None:
    recorded = Space(SPACE.options, recorded=(SPACE.default,))
    assert recorded.feasible(SPACE.default)
    assert not recorded.feasible(SPACE.configuration({"sync": "normal"}))


def test_levels_are_every_combination_that_agrees() -> None:
    assert len(SPACE.levels()) == 4
    assert {dict(level)["hot"] for level in SPACE.levels({"rows": "20"})} == {False, True}
    assert Space(SPACE.options).levels() == (Configuration({}),)


def test_identity_keeps_types_apart() -> None:
    assert Configuration({"a": 1}) != Configuration({"a": True})
    assert Configuration({"a": 1, "b": 2}) == Configuration({"b": 2, "a": 1})
    assert len({Configuration({"a": 1}), Configuration({"a": 1})}) == 1
