"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, text = "", attributes = {}) => {
    const element = document.createElement(tag);
    element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const draw = (tag, attributes, ...children) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const announce = text => { document.getElementById("announce").textContent = text; };

  // ── copy ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch { // not permitted, or an old browser
      const area = make("textarea", "", {style: "position:fixed;opacity:0"});
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  function copyable(box) {
    const text = box.querySelector("pre");
    const button = make("button", "Copy", {type: "button", "aria-label": `Copy ${text.getAttribute("aria-label")}`});
    button.addEventListener("click", async () => {
      const done = await copied(text.textContent.trimEnd());
      button.textContent = done ? "Copied" : "Select it instead";
      announce(button.textContent);
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    box.append(button);
  }

  // ── sort ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  const keyOf = cell => {
    const given = cell.dataset.value ?? cell.textContent.trim();
    const number = given === "" ? NaN : Number(given);
    return Number.isNaN(number) ? given.toLowerCase() : number;
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", {numeric: true});
  };

  function sortable(table) {
    const body = table.tBodies[0];
    if (body.rows.length < 2) return;
    const headings = all("thead th", table);
    headings.forEach((heading, column) => {
      const button = make("button", heading.textContent, {type: "button"});
      heading.replaceChildren(button);
      heading.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const down = heading.getAttribute("aria-sort") === "ascending";
        headings.forEach(other => other.setAttribute("aria-sort", "none"));
        heading.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].map(row => [keyOf(row.cells[column]), row]);
        rows.sort((one, other) => (down ? -1 : 1) * compare(one[0], other[0]));
        body.append(...rows.map(pair => pair[1]));
        announce(`sorted by ${button.textContent}, ${down ? "descending" : "ascending"}`);
      });
    });
  }

  // ── charts of runs ────────────────────────────────────────────────────────────────────────────────────────────────

  const NEAR = 40; // pixels around a pointer in which a mark is meant

  function chart(box, number) {
    const plot = box.querySelector(".plot");
    const marks = all(".at", plot);
    if (!marks.length) return;
    const says = marks.map(mark => {
      const title = mark.querySelector("title");
      const text = title.textContent;
      title.remove();
      return text;
    });
    const hint = number ? "" : "Point at a mark, or step with the arrow keys, to read it.";
    const readout = make("p", hint, {class: "readout", role: "status"});
    box.append(readout);
    let at = -1;
    const show = index => {
      if (index === at) return;
      marks[at]?.classList.remove("here");
      at = index;
      marks[at]?.classList.add("here");
      readout.classList.toggle("told", at >= 0);
      readout.textContent = at < 0 ? hint : `${at + 1} of ${marks.length}: ${says[at]}`;
    };
    const nearest = event => {
      let best = -1, least = NEAR * NEAR;
      marks.forEach((mark, index) => {
        const place = mark.firstElementChild.getBoundingClientRect();
        const x = place.x + place.width / 2 - event.clientX, y = place.y + place.height / 2 - event.clientY;
        if (x * x + y * y < least) [best, least] = [index, x * x + y * y];
      });
      return best;
    };
    let held = false; // by a key: a page that scrolls under a resting mouse does not take it away
    const aim = event => {
      if (held && !event.movementX && !event.movementY && event.type === "pointermove") return;
      held = false;
      show(nearest(event));
    };
    plot.addEventListener("pointermove", aim);
    plot.addEventListener("pointerdown", aim);
    plot.addEventListener("pointerleave", event => { if (event.pointerType === "mouse" && !held) show(-1); });
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", `${plot.getAttribute("aria-label")}. The arrow keys step through its marks.`);
    box.addEventListener("keydown", event => {
      const to = {ArrowRight: Math.min(at + 1, marks.length - 1), ArrowLeft: Math.max(at - 1, 0), Home: 0,
                  End: marks.length - 1, Escape: -1}[event.key];
      if (to === undefined || event.target !== box) return;
      event.preventDefault();
      held = true;
      show(to);
    });
  }

  // ── the causal graph ──────────────────────────────────────────────────────────────────────────────────────────────

  function graph(section, data) {
    const key = (a, b) => JSON.stringify([a, b]);
    const edges = new Map(data.edges.map(edge => [key(edge.a, edge.b), edge]));
    const of = element => edges.get(key(element.dataset.a, element.dataset.b));
    const views = all("[data-view]", section);
    const controls = section.querySelector(".controls");
    const panel = section.querySelector(".evidence");
    const hint = "Point at a node or an edge, tap it, or step with the arrow keys (left and right: edges, up and down: nodes).";
    let least = 0, sought = "", locked = null;

    const current = () => views.find(view => !view.hidden);
    const kept = edge => (edge.stability ?? 1) >= least;
    const matches = name => sought !== "" && name.toLowerCase().includes(sought);

    function light(nodes, lines) {
      const any = nodes.size + lines.size > 0;
      all("svg.graph", section).forEach(drawing => drawing.classList.toggle("focused", any));
      all(".node", section).forEach(node => node.classList.toggle("lit", nodes.has(node.dataset.node)));
      all(".edge[data-a], .stability", section).forEach(line => line.classList.toggle("lit", lines.has(of(line))));
    }

    function around(name) {
      const lines = data.edges.filter(edge => kept(edge) && (edge.a === name || edge.b === name));
      return [new Set([name, ...lines.flatMap(edge => [edge.a, edge.b])]), new Set(lines)];
    }

    function found() {
      const nodes = new Set(), lines = new Set();
      for (const name of Object.keys(data.nodes).filter(matches)) {
        const [more, and] = around(name);
        more.forEach(node => nodes.add(node));
        and.forEach(line => lines.add(line));
      }
      return [nodes, lines];
    }

    function facts(pairs) {
      const list = make("dl", "", {class: "facts"});
      for (const [name, text] of pairs) list.append(make("dt", name), make("dd", text));
      return list;
    }

    function aboutEdge(edge) {
      const both = make("div", "", {class: "both"});
      both.append(facts(edge.facts));
      const cloud = scatter(edge);
      if (cloud) both.append(cloud);
      panel.replaceChildren(make("h3", edge.name), both);
    }

    function aboutNode(name) {
      const [, lines] = around(name);
      const list = make("ul");
      for (const edge of lines) {
        const stability = edge.joint ? "tested by experiment" : edge.stability === null ? "not resampled" : `found again in ${Math.round(100 * edge.stability)} %`;
        list.append(make("li", `${edge.name}, ${stability}`));
      }
      panel.replaceChildren(make("h3", `${name} (${data.nodes[name].role})`), list);
    }

    function show(what) {
      panel.classList.toggle("told", what !== null);
      panel.classList.toggle("passing", what !== null && !locked); // over what is pointed at it must not take the pointer
      if (what === null) {
        light(...found());
        panel.replaceChildren(make("p", hint, {class: "soft"}));
      } else if (what.node !== undefined) {
        light(...around(what.node));
        aboutNode(what.node);
      } else {
        light(new Set([what.edge.a, what.edge.b]), new Set([what.edge]));
        aboutEdge(what.edge);
      }
    }

    function scatter(edge) {
      const one = data.nodes[edge.a], other = data.nodes[edge.b];
      if (!one.values || !other.values) return null;
      const pairs = one.values.map((x, i) => [x, other.values[i]]).filter(([x, y]) => x !== null && y !== null);
      if (pairs.length < 3) return null;
      const [width, height, left, bottom] = [250, 150, 8, 20];
      const place = (node, values, low, high) => {
        const logarithmic = !node.levels && Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 8;
        const scale = logarithmic ? Math.log : value => value;
        const [least, most] = [Math.min(...values.map(scale)), Math.max(...values.map(scale))];
        return value => low + (high - low) * (most > least ? (scale(value) - least) / (most - least) : 0.5);
      };
      const x = place(one, pairs.map(pair => pair[0]), left + 8, width - 8);
      const y = place(other, pairs.map(pair => pair[1]), height - bottom - 6, 6);
      const dots = pairs.map(([a, b], i) =>
        draw("circle", {cx: x(a) + (one.levels ? (i * 7) % 9 - 4 : 0), cy: y(b), r: 3}));
      const frame = [draw("line", {x1: left, x2: left, y1: 0, y2: height - bottom}),
                     draw("line", {x1: left, x2: width, y1: height - bottom, y2: height - bottom})];
      const text = `${edge.b} against ${edge.a}, one point for each of ${pairs.length} configurations`;
      const names = draw("text", {x: width, y: height - 5, "text-anchor": "end", class: "tick"});
      const short = name => name.length > 17 ? `${name.slice(0, 8)}…${name.slice(-8)}` : name;
      names.textContent = `${short(edge.b)} ↑  ${short(edge.a)} →`;
      const figure = make("figure");
      figure.append(draw("svg", {width, height, class: "cloud", role: "img", "aria-label": text}, ...frame, ...dots, names));
      return figure;
    }

    const pick = target => {
      const node = target.closest(".node"), edge = target.closest(".edge[data-a], .stability");
      return node ? {node: node.dataset.node} : edge ? {edge: of(edge)} : null;
    };

    function filter() {
      all(".edge[data-a], .stability", section).forEach(line => line.classList.toggle("out", !kept(of(line))));
      const shown = all(".edge[data-a]", current()).filter(line => !line.classList.contains("out"));
      const learned = shown.filter(line => !of(line).joint), known = data.edges.filter(edge => !edge.joint);
      const joined = new Set(shown.flatMap(line => [line.dataset.a, line.dataset.b]));
      all(".node", current()).forEach(node => node.classList.toggle("out", !joined.has(node.dataset.node)));
      controls.querySelector("[data-shown]").textContent = `${learned.length} of ${known.length} edges shown`;
      show(locked);
    }

    function turn(name) {
      views.forEach(view => { view.hidden = views.length > 1 && view.dataset.view !== name; });
      all("[name=view]", controls).forEach(input => { input.checked = input.value === name; });
      filter();
    }

    function step(event, region) {
      const lines = all(".edge[data-a]:not(.out)", region), nodes = all(".node:not(.out)", region);
      const along = event.key === "ArrowRight" || event.key === "ArrowLeft";
      const by = event.key === "ArrowRight" || event.key === "ArrowDown" ? 1 : -1;
      const items = along ? lines : nodes;
      if (!items.length) return;
      const now = items.findIndex(item => along ? locked?.edge === of(item) : locked?.node === item.dataset.node);
      const next = items[now < 0 ? (by > 0 ? 0 : items.length - 1) : (now + by + items.length) % items.length];
      locked = along ? {edge: of(next)} : {node: next.dataset.node};
      show(locked);
      next.scrollIntoView({block: "nearest", inline: "nearest"});
    }

    controls.hidden = panel.hidden = false;
    all("[data-heading]", section).forEach(heading => heading.remove());
    all("svg.graph title", section).forEach(title => title.remove());
    all("[name=view]", controls).forEach(input => input.addEventListener("change", () => turn(input.value)));
    const slider = controls.querySelector("[name=stability]");
    slider.addEventListener("input", () => {
      least = slider.value / 100;
      controls.querySelector("output").textContent = `${slider.value} %`;
      filter();
    });
    controls.querySelector("[name=find]").addEventListener("input", event => {
      sought = event.target.value.trim().toLowerCase();
      locked = null;
      if (sought && !all(".node", current()).some(node => matches(node.dataset.node))) turn("whole");
      show(null);
    });
    for (const view of views) {
      const region = view.querySelector(".scroll");
      const name = region.getAttribute("aria-label");
      region.setAttribute("aria-label", `${name}. Left and right arrow keys step through edges, up and down through nodes.`);
      region.addEventListener("pointerover", event => { if (!locked && event.pointerType === "mouse") show(pick(event.target)); });
      region.addEventListener("pointerleave", () => { if (!locked) show(null); });
      region.addEventListener("click", event => { locked = pick(event.target); show(locked); });
      region.addEventListener("keydown", event => {
        if (event.key === "Escape") show(locked = null);
        else if (event.key.startsWith("Arrow")) step(event, region);
        else return;
        event.preventDefault();
      });
    }
    all("tr[data-a]", section).forEach(row => {
      const code = row.querySelector("code");
      const button = make("button", "", {type: "button", title: "show it in the graph"});
      button.append(...code.childNodes);
      code.append(button);
      button.addEventListener("click", () => {
        locked = {edge: of(row)};
        if (!all(".edge[data-a]", current()).some(line => of(line) === locked.edge)) turn("whole");
        show(locked);
        current().scrollIntoView({block: "nearest"});
      });
    });
    turn(controls.querySelector("[name=view]:checked")?.value ?? views[0].dataset.view);
  }

  // ── paper ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details:not([open]):not(.runs)");
    opened.forEach(details => { details.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach(details => { details.open = false; }));

  all(".copyable").forEach(copyable);
  all("table[data-sortable]").forEach(sortable);
  all(".chart").forEach(chart);
  const data = document.getElementById("graph-data");
  if (data) graph(document.getElementById("graph"), JSON.parse(data.textContent));
})();
