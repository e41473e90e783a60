"""The verdict in a sentence: right about direction, size, uncertainty and price, for every verdict."""

from __future__ import annotations

import pytest

from cadet.model.diagnosis import Fault, Verdict
from cadet.model.effect import Estimate
from cadet.model.objective import Goal
from cadet.report import answer, sentence
from tests.report import stories


def test_a_confirmed_fix_is_one_sentence_with_all_that_matters() -> None:
    assert answer.verdict(stories.diagnosis()) == (
        "Change journal_mode from delete to wal and batch from 1 to 256: latency is 0.253 s instead of 1.90 s "
        "(87 % less, 95 % interval 86–87 %, 8 pairs of runs)."
    )


@pytest.mark.parametrize("name", sorted(stories.EVERY))
def test_every_verdict_has_a_headline_and_whole_sentences(name: str) -> None:
    told = stories.EVERY[name]().diagnosis
    said = answer.verdict(told)
    assert answer.headline(told)
    assert said[0].isupper() and said.endswith(".") and "None" not in said


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_without_any_fix_still_makes_sense(verdict: Verdict) -> None:
    told = stories.diagnosis(verdict, fixes=(), root_causes=(), goals=())
    assert answer.verdict(told) and answer.nothing_to_change(told)
    assert answer.best_fix(told) is None


def test_a_refuted_fix_is_not_praised() -> None:
    said = answer.verdict(stories.refuted().diagnosis)
    assert "does not fix it" in said and "6 % more" in said and "4–9 %" in said


def test_an_inconclusive_answer_says_what_would_decide_it() -> None:
    assert "About 12 more pairs of runs would decide it." in answer.verdict(stories.inconclusive().diagnosis)
    unknown = stories.diagnosis(Verdict.INCONCLUSIVE, fixes=(stories.best(Verdict.INCONCLUSIVE),))
    assert "not known how many" in answer.verdict(unknown)


def test_no_effect_says_what_would_have_been_seen() -> None:
    assert "A change of 7 % or more would have been seen" in answer.verdict(stories.no_effect().diagnosis)


def test_a_fault_that_did_not_show_again_is_not_called_fine() -> None:
    slow = Fault(stories.BAD, {"latency": Estimate(0.6, 0.5, 0.7)})
    said = answer.verdict(stories.diagnosis(Verdict.NO_FAULT, fault=slow, fixes=()))
    assert said.startswith("The fault did not show again")


def test_consent_is_part_of_the_verdict() -> None:
    fix = stories.best(consent=frozenset({"durability"}))
    assert "gives up durability" in answer.verdict(stories.diagnosis(fixes=(fix,)))


def test_a_maximised_objective_is_told_as_a_factor() -> None:
    shown = Estimate(0.75, 0.7, 0.8)  # 1 - fault / fix
    assert sentence.gain(shown, stories.THROUGHPUT) == "4.0 times as much"
    assert sentence.gain_interval(shown, stories.THROUGHPUT) == "3.3–5.0 times"


@pytest.mark.parametrize(("shown", "text", "spread"), [
    (Estimate(0.94, 0.92, 0.95), "94 % less", "92–95 %"),
    (Estimate(-0.06, -0.09, -0.04), "6 % more", "4–9 %"),
    (Estimate(0.02, -0.03, 0.06), "2 % less", "−3 to 6 % less"),
    (Estimate(0.0, -0.01, 0.01), "no change", "−1 to 1 % less"),
    (Estimate(0.9, 0.85, None), "90 % less", "at least 85 %"),
])  # fmt: skip
def test_gains_keep_their_sign_in_words(shown: Estimate, text: str, spread: str) -> None:
    assert sentence.gain(shown, stories.LATENCY) == text
    assert sentence.gain_interval(shown, stories.LATENCY) == spread


def test_taking_back_a_change_that_helped_makes_it_worse() -> None:
    told = stories.diagnosis()
    assert sentence.ablation(told, "latency", Estimate(0.38, 0.31, 0.45)) == "latency gets 38 % worse (31–45 %)"
    assert sentence.ablation(told, "latency", Estimate(-0.05, -0.09, -0.01)) == "latency gets 5 % better (1–9 %)"
    assert "a table" in sentence.ablation(told, "latency", Estimate(None, reason="a table cannot be ablated"))


def test_an_ablation_that_may_be_nothing_says_so() -> None:
    assert "it may be no difference" in sentence.ablation(stories.diagnosis(), "latency", Estimate(0.3, -0.2, 1.3))
    assert "possible" not in sentence.ablation(stories.diagnosis(), "latency", Estimate(0.3, 0.2, 1.3))


def test_context_levels_are_words_and_keep_their_unit() -> None:
    told = stories.several_objectives().diagnosis
    assert sentence.label_name(told, "latency@rows=1000") == "latency at rows = 1000"
    assert sentence.objective_of(told, "latency@rows=1000").unit == "s"
    assert sentence.objective_of(told, "unheard of").unit == ""


@pytest.mark.parametrize("source", ["user", "slo", "median", "p10"])
def test_a_goal_says_where_it_comes_from(source: str) -> None:
    assert sentence.goal_source(Goal(stories.LATENCY, 0.5, source)) != source


@pytest.mark.parametrize(("items", "text"), [("", ""), ("a", "a"), ("ab", "a and b"), ("abc", "a, b and c")])
def test_lists_are_joined_as_in_speech(items: str, text: str) -> None:
    assert sentence.listing(items) == text
