"""The report as a reader meets it: in a browser, wide and narrow, light and dark, by mouse, finger and keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache

import pytest

from cadet.report.html import html
from tests.report import stories
from tests.report.browser import Browser, axe, opened

pytestmark = pytest.mark.browser

WIDE, NARROW = 1280, 390
NAMES = sorted(stories.EVERY)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    yield from opened(tmp_path_factory.mktemp("browser"))


@cache
def report(name: str) -> str:
    return html(stories.EVERY[name]())


def text(browser: Browser, selector: str) -> str:
    return str(browser.run("return document.querySelector(arguments[0]).textContent.trim()", selector))


def keys(browser: Browser, selector: str, *pressed: str) -> None:
    from selenium.webdriver.common.by import By

    element = browser.driver.find_element(By.CSS_SELECTOR, selector)
    browser.run("arguments[0].focus()", element)
    element.send_keys(*pressed)


def point(browser: Browser, selector: str, index: int = 0) -> None:
    """Move the mouse onto the middle of an element."""
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.by import By

    element = browser.driver.find_elements(By.CSS_SELECTOR, selector)[index]
    browser.run("arguments[0].scrollIntoView({block: 'center', inline: 'center'})", element)
    ActionChains(browser.driver, duration=0).move_to_element(element).perform()


def shown_edges(browser: Browser) -> int:
    script = """return document.querySelectorAll('[data-view]:not([hidden]) .edge[data-a]:not(.out)').length"""
    return int(browser.run(script))


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_quiet_asks_for_nothing_and_cuts_nothing(browser: Browser, name: str, width: int) -> None:
    browser.show(report(name), width)
    browser.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert browser.run("const root = document.documentElement; return root.scrollWidth - root.clientWidth") == 0
    cut = browser.run("""return [...document.querySelectorAll('main *, header *')].filter(e =>
        e.scrollWidth > e.clientWidth + 1 && e.clientWidth && getComputedStyle(e).overflowX === 'hidden'
        && !e.classList.contains('unseen') && !(e instanceof SVGElement)).map(e => e.outerHTML.slice(0, 120))""")
    assert cut == []
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith("data:")] == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_serious(browser: Browser, name: str, width: int, dark: bool) -> None:
    axe()
    browser.show(report(name), width, dark=dark)
    browser.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert browser.violations() == []


def test_axe_would_find_something(browser: Browser) -> None:
    axe()
    spoiled = report("confirmed").replace(
        "</main>", '<p style="color:#eee;background:#fff">pale</p><img src="data:,"></main>'
    )
    browser.show(spoiled)
    assert {found.partition(":")[0] for found in browser.violations()} >= {"color-contrast", "image-alt"}


def test_a_foreign_script_does_not_run(browser: Browser) -> None:
    browser.show(report("confirmed").replace("</main>", "<script>document.title = 'taken over'</script></main>"))
    assert browser.driver.title != "taken over" and any("Content Security Policy" in c for c in browser.complaints())


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_scheme_of_the_reader_is_followed(browser: Browser, dark: bool) -> None:
    browser.show(report("confirmed"), dark=dark)
    ink = browser.run("return getComputedStyle(document.body).color.match(/\\d+/g).map(Number)")
    assert (sum(ink) > 380) is dark


def test_the_filter_shows_what_matters_everything_or_the_stable_part(browser: Browser) -> None:
    browser.show(report("large_graph"))
    matters = shown_edges(browser)
    browser.run("document.querySelector('[name=view][value=whole]').click()")
    everything = shown_edges(browser)
    assert 0 < matters < everything
    assert text(browser, "[data-shown]") == f"{everything} of {everything} edges shown"
    slider = "const s = document.querySelector('[name=stability]'); s.value = 70; s.dispatchEvent(new Event('input'))"
    browser.run(slider)
    edges = json.loads(text(browser, "#graph-data"))["edges"]
    assert shown_edges(browser) == sum((e["stability"] is None) or e["stability"] >= 0.7 for e in edges) < everything


def test_finding_a_name_lights_it_and_its_neighbours(browser: Browser) -> None:
    browser.show(report("large_graph"))
    keys(browser, "[name=find]", "event_counter_1")
    names = browser.run("return [...document.querySelectorAll('[data-view=whole] .node.lit')].map(n => n.dataset.node)")
    assert any(name.endswith("event_counter_1") for name in names)
    assert browser.run("return document.querySelector('[data-view=whole]').hidden") is False


def test_a_pointer_on_an_edge_shows_its_evidence_and_a_tap_keeps_it(browser: Browser) -> None:
    browser.show(report("confirmed"))
    point(browser, "[data-view=whole] .stability[data-a=batch][data-b='block:block_rq_issue']")
    told = text(browser, ".evidence")
    assert "found again" in told and "rank correlation" in told
    assert browser.run("return document.querySelectorAll('.evidence .cloud circle').length") == 30
    point(browser, "h1")
    assert "Point at a node" in text(browser, ".evidence")
    point(browser, "[data-view=whole] .node[data-node=batch]")
    browser.run("document.querySelector('[data-view=whole] .node[data-node=batch]').dispatchEvent("
                "new MouseEvent('click', {bubbles: true}))")  # fmt: skip
    point(browser, "h1")
    assert text(browser, ".evidence h3") == "batch (option)"


def test_what_acts_only_together_tells_what_was_tested(browser: Browser) -> None:
    browser.show(report("together"))
    point(browser, "[data-view=whole] .node.joint")
    assert text(browser, ".evidence h3") == "batch == 1 and journal_mode == 'delete' (only together)"
    assert "tested by experiment" in text(browser, ".evidence")
    assert browser.run("return document.querySelectorAll('[data-view=whole] .edge.joint.lit').length") == 3
    assert text(browser, "[data-shown]") == "10 of 10 edges shown", "its links are no edges"
    browser.run("document.querySelector('[data-view=whole] .edge.joint').dispatchEvent("
                "new MouseEvent('click', {bubbles: true}))")  # fmt: skip
    assert "where journal_mode is wal: latency gets 2 % worse" in text(browser, ".evidence .facts")


def test_the_graph_is_walked_by_keyboard_alone(browser: Browser) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.show(report("confirmed"))
    region = "[data-view=whole] .scroll"
    keys(browser, region, Keys.ARROW_RIGHT)
    first = text(browser, ".evidence h3")
    keys(browser, region, Keys.ARROW_RIGHT)
    assert text(browser, ".evidence h3") != first
    keys(browser, region, Keys.ARROW_LEFT)
    assert text(browser, ".evidence h3") == first
    keys(browser, region, Keys.ARROW_DOWN)
    assert re.search(r"\((option|event|objective)\)$", text(browser, ".evidence h3"))
    keys(browser, region, Keys.ESCAPE)
    assert "Point at a node" in text(browser, ".evidence")


def test_a_row_of_the_edge_table_shows_the_edge_in_the_graph(browser: Browser) -> None:
    browser.show(report("confirmed"))
    browser.run("document.querySelector('.edges').open = true")
    browser.run("[...document.querySelectorAll('tr[data-a] button')].at(-1).click()")
    assert text(browser, ".evidence h3") == text(browser, "tr[data-a]:last-child button")
    assert browser.run("return document.querySelectorAll('[data-view=whole] .edge.lit').length") == 1


def test_marks_are_read_by_mouse_and_by_keyboard(browser: Browser) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.show(report("confirmed"))
    point(browser, "#proof .at .mark", 5)
    assert re.match(r"6 of 21: fault, verification pair: \d", text(browser, "#proof .readout"))
    keys(browser, "#proof .chart", Keys.END)
    assert text(browser, "#proof .readout").startswith("21 of 21: ")
    keys(browser, "#proof .chart", Keys.ARROW_LEFT)
    assert text(browser, "#proof .readout").startswith("20 of 21: ")


def test_a_table_sorts_by_number_up_and_down(browser: Browser) -> None:
    browser.show(report("confirmed"))
    browser.run("document.querySelector('#proof .runs').open = true")
    column = "return [...document.querySelectorAll('#proof .runs tbody tr')].map(r => Number(r.cells[2].dataset.value))"
    for order, reverse in (("ascending", False), ("descending", True)):
        browser.run("document.querySelectorAll('#proof .runs thead button')[2].click()")
        values = browser.run(column)
        assert values == sorted(values, reverse=reverse) and len(values) == 21
        assert browser.run("return document.querySelectorAll('#proof .runs th')[2].ariaSort") == order


def test_changes_are_copied_to_the_clipboard(browser: Browser) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    browser.show(report("confirmed"))
    browser.driver.find_element(By.CSS_SELECTOR, "[aria-label='Copy changes as JSON']").click()
    browser.driver.execute_async_script("setTimeout(arguments[0], 100)")
    assert text(browser, "#announce") == "Copied"
    keys(browser, "[name=find]", Keys.CONTROL + "v")
    assert json.loads(browser.run("return document.querySelector('[name=find]').value")) == {
        "journal_mode": "wal",
        "batch": 256,
    }


def test_without_its_script_the_page_still_tells_everything(browser: Browser) -> None:
    source = report("large_graph")
    browser.show(re.sub(r"<script>.*?</script>", "", source, flags=re.DOTALL))
    assert browser.run("return [...document.querySelectorAll('[data-view]')].every(v => v.offsetHeight > 0)") is True
    assert browser.run("return document.querySelector('.controls').offsetHeight") == 0


def test_on_paper_nothing_is_hidden_or_dark(browser: Browser) -> None:
    browser.show(report("confirmed"), dark=True)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert browser.run("return [...document.querySelectorAll('details:not(.runs)')].every(d => d.open)") is True
    assert browser.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.run("return document.querySelector('.controls').offsetHeight") == 0
