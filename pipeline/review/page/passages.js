// The themes of a passage.

const STATES = {
  2: { sign: "●", word: "substantially" },
  1: { sign: "◐", word: "touched on" },
  0: { sign: "○", word: "not" },
  ask: { sign: "?", word: "yes or no?" },
  open: { sign: "◇", word: "open" },
};
const AFTER = { 2: 1, 1: 0, 0: 2, ask: 2, open: 2 };

function passageView(unit, held, work) {
  const themes = work.facts.themes;
  const suggested = new Map(unit.suggestions.map((one) => [one.theme, one]));
  const before = held.filter((one) => one.target === "passage").pop();
  const states = new Map(themes.map((one) => [one.id, first(one.id)]));
  let focus = themes.findIndex((one) => suggested.get(one.id)?.decision === "yes");
  if (focus < 0) focus = themes.findIndex((one) => suggested.has(one.id));
  if (focus < 0) focus = 0;

  function first(theme) {
    if (before && wasAsked(theme)) return before.open.includes(theme) ? "open" : before.themes[theme] || 0;
    const model = suggested.get(theme);
    return !model ? 0 : model.decision === "yes" ? model.grade || 2 : "ask";
  }

  // A theme that the codebook has got since then is still to be judged.
  function wasAsked(theme) {
    return !before.asked?.length || before.asked.includes(theme) || theme in before.themes;
  }

  function set(place, state) {
    if (!themes[place]) return;
    focus = place;
    states.set(themes[place].id, state);
    say(`${themes[place].name}: ${STATES[state].word}`);
    draw();
  }

  function row(theme, place) {
    const state = states.get(theme.id);
    const { sign, word } = STATES[state];
    const model = suggested.get(theme.id);
    const digit = place < 10 ? String((place + 1) % 10) : "";
    const hint = model ? `model: ${model.decision} ${inP(model.p)}` : "";
    return el("li", {},
      el("button", {
        type: "button", class: `theme s-${state}`, "data-key": theme.id, "aria-current": place === focus ? "true" : null,
        "aria-label": [theme.name, word, hint, digit ? `key ${digit}` : ""].filter(Boolean).join(", "),
        onclick: () => set(place, AFTER[states.get(theme.id)]),
        onfocus: () => { if (focus !== place) { focus = place; draw(); } },
      }, key(digit || "·"), el("span", { class: "sign", "aria-hidden": "true" }, sign),
        el("span", { class: "name" }, theme.name), el("span", { class: "state" }, word),
        hint ? el("span", { class: `hint ${model.decision}` }, hint) : null));
  }

  function layers() {
    const found = [];
    for (const one of unit.suggestions) {
      const name = themes.find((theme) => theme.id === one.theme)?.name || one.theme;
      for (const stretch of one.evidence) {
        if (one.theme === themes[focus].id) found.push({ start: stretch.start, end: stretch.end, name: "evidence" });
        for (const word of stretch.words) found.push({ start: word.start, end: word.end, name: one.decision, mark: true, title: `${name} (${one.decision})` });
      }
    }
    return found;
  }

  function draw() {
    fill(byId("work"), placed(unit,
      el("p", { class: `judged ${unit.passage.kind}`, id: "text", dir: "auto" }, layered(unit.passage, layers())),
      unit.suggestions.length ? el("p", { class: "legend" }, el("mark", { class: "yes" }, "words that spoke for a yes"), " ", el("mark", { class: "review" }, "for a question"), ` · shaded: the evidence for ${themes[focus].name}`) : null));
    const questions = [...states.values()].filter((one) => one === "ask").length;
    fill(byId("panel"), el("h2", {}, "Themes"), el("ol", { class: "themes" }, themes.map(row)),
      questions ? el("p", { class: "note" }, `${announcing("question", questions)}. Enter leaves ${questions === 1 ? "it" : "them"} open, `, key("Shift"), "+", key("Enter"), " answers no.") : null,
      before ? el("p", { class: "note" }, "You have judged this passage; saving replaces that.") : null);
    fill(byId("beside"), definition(themes[focus]));
  }

  return {
    draw,
    decisions(answerNo) {
      const graded = {}, open = [];
      for (const [theme, state] of states) {
        if (state === 1 || state === 2) graded[theme] = state;
        else if (state === "open" || (state === "ask" && !answerNo)) open.push(theme);
      }
      return [{ target: "passage", record_id: unit.id, anchor: unit.anchor, themes: graded, open, asked: [...states.keys()] }];
    },
    press(event) {
      if (/^[0-9]$/.test(event.key)) {
        const place = (Number(event.key) + 9) % 10;
        if (themes[place]) set(place, AFTER[states.get(themes[place].id)]);
      } else if (event.key === "o") set(focus, states.get(themes[focus].id) === "open" ? 0 : "open");
      else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        focus = (focus + (event.key === "ArrowDown" ? 1 : themes.length - 1)) % themes.length;
        draw();
        byId("panel").querySelector('[aria-current="true"]').focus();
      } else return false;
      return true;
    },
    keys: [
      ["1 … 9, 0", "a theme: substantially → touched on → not"],
      ["↑ ↓", "another theme in focus; Space does the same as its digit"],
      ["o", "leave the theme in focus open: nobody can tell yet"],
      ["Enter", "save and next; unanswered questions stay open"],
      ["Shift + Enter", "save and next; unanswered questions are a no"],
      ["d", "show or hide the definition"],
    ],
  };
}

function definition(theme) {
  const list = (title, lines) => (lines.length ? [el("h3", {}, title), el("ul", {}, lines.map((one) => el("li", {}, visible(one))))] : null);
  return [
    el("h2", {}, theme.name), el("p", {}, visible(theme.definition)),
    list("Include", theme.include), list("Exclude", theme.exclude), list("Examples", theme.examples),
  ];
}
