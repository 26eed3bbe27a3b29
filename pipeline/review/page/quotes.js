// The extent and the speaker of a quote, and the practices that it is evidence of.

const GRADES = {
  2: { sign: "●", word: "best" },
  1: { sign: "◐", word: "defensible" },
  0: { sign: "○", word: "not" },
  ask: { sign: "?", word: "yes or no?" },
  open: { sign: "◇", word: "open" },
};
const OPENING = /^[“"‘'«([]+/u;
const CLOSING = /[”"’'»)\]]+$/u;
const SHOWN_FOUND = 8;

function quoteView(unit, held, work) {
  const shown = unit.passage;
  const rubric = work.facts.rubric;
  const rowOf = new Map(rubric.rows.map((one) => [one.indicator, one]));
  const words = wordsOf(shown.text, shown.start).map((one) => trimmed(one));
  const drafts = drafted();
  let at = 0, focus = 0, picked = null, query = "";

  function trimmed(one) {
    const text = textBetween(shown, one.start, one.end);
    const start = one.start + points((text.match(OPENING) || [""])[0]).length;
    const end = one.end - points((text.match(CLOSING) || [""])[0]).length;
    return start < end ? { start, end } : one;
  }

  // What is on the desk: the quote that was found, what this coder added here, and what the coder said of both.
  function drafted() {
    const said = held.filter((one) => one.target === "quote");
    const made = [];
    if (unit.quote) {
      const before = said.filter((one) => one.record_id === unit.id).pop();
      made.push(draft(unit.id, false, before || { is_quote: true, ...unit.quote }, unit.quote.candidates, Boolean(before)));
    }
    for (const one of said.filter((each) => each.added && each.record_id === unit.passage_id)) {
      made.push(draft(unit.passage_id, true, one, [], true));
    }
    return made;
  }

  function draft(record, added, quote, candidates, judged) {
    candidates = candidates.filter((one) => rowOf.has(one.indicator)); // outputs may be of another rubric
    const made = { record, added, judged, is_quote: quote.is_quote, parts: quote.parts.map(({ start, end }) => ({ start, end })), speaker: quote.speaker || null, candidates, grades: new Map(), levels: new Map() };
    const before = held.filter((one) => one.target === "practices" && one.record_id === record && (!added || one.anchor.start === made.parts[0]?.start)).pop();
    for (const one of candidates) {
      made.grades.set(one.indicator, before ? 0 : one.decision === "match" ? (one === candidates[0] ? 2 : 1) : one.decision === "review" ? "ask" : 0);
      if (one.level) made.levels.set(one.indicator, one.level);
    }
    if (before) {
      for (const [indicator, grade] of Object.entries(before.practices)) made.grades.set(indicator, grade);
      for (const indicator of before.open) made.grades.set(indicator, "open");
      made.levels = new Map(Object.entries(before.levels).filter(([, level]) => level));
    }
    return made;
  }

  const here = () => drafts[at];
  const indicators = () => (here() ? [...here().grades.keys()] : []);

  function add(place) {
    const from = place || (drafts.length ? null : { start: words[0].start, end: words[words.length - 1].end });
    const free = from || { start: shown.start, end: shown.start + points(shown.text).length };
    drafts.push(draft(unit.passage_id, true, { is_quote: true, parts: [{ start: free.start, end: free.end }], speaker: null }, [], false));
    at = drafts.length - 1;
    focus = 0;
    picked = null;
    say("A quote was added. Set where it begins and ends.");
    draw();
  }

  function step(side, way) {
    if (!here()) return;
    const parts = here().parts;
    if (side === "start") {
      const starts = words.map((one) => one.start).filter((one) => (way < 0 ? one < parts[0].start : one > parts[0].start && one < parts[0].end));
      if (starts.length) parts[0].start = way < 0 ? starts[starts.length - 1] : starts[0];
    } else {
      const last = parts[parts.length - 1];
      const ends = words.map((one) => one.end).filter((one) => (way < 0 ? one < last.end && one > last.start : one > last.end));
      if (ends.length) last.end = way < 0 ? ends[ends.length - 1] : ends[0];
    }
    const edge = side === "start" ? parts[0].start : parts[parts.length - 1].end;
    const word = words.find((one) => (side === "start" ? one.start === edge : one.end === edge));
    say(`The quote ${side === "start" ? "begins with" : "ends with"} ${word ? textBetween(shown, word.start, word.end) : "these words"}`);
    draw();
  }

  function extend(place) {
    if (!here()) add(place);
    else {
      here().parts = [{ ...place }];
      here().is_quote = true;
      picked = null;
      draw();
    }
  }

  function speak(place) {
    if (!here()) return;
    const spoken = stretch(shown, place.start, place.end);
    here().speaker = { name: spoken.text, role: null, organization: null, ...(here().speaker || {}), words: spoken };
    if (!here().speaker.name) here().speaker.name = spoken.text;
    picked = null;
    draw();
  }

  function grade(place, state) {
    const indicator = indicators()[place];
    if (!indicator) return;
    focus = place;
    here().grades.set(indicator, state);
    say(`Indicator ${indicator}: ${GRADES[state].word}`);
    draw();
  }

  function nextGrade(place) {
    const now = here()?.grades.get(indicators()[place]);
    if (now !== undefined) grade(place, AFTER[now]);
  }

  function found() {
    const asked = query.trim().toLowerCase().split(/\s+/u).filter(Boolean);
    if (!asked.length) return [];
    const holds = (row, one) => row.indicator.toLowerCase() === one || row.practice === one || `${row.area} ${row.practice_text} ${Object.values(row.levels).join(" ")}`.toLowerCase().includes(one);
    const fits = rubric.rows.filter((row) => asked.every((one) => (/^\d+[a-z]?$/u.test(one) ? row.indicator.toLowerCase() === one || row.practice === one : holds(row, one))));
    return fits.slice(0, SHOWN_FOUND);
  }

  function take(indicator) {
    if (!here()) return;
    here().grades.set(indicator, 2);
    focus = indicators().indexOf(indicator);
    query = "";
    say(`Indicator ${indicator}: best`);
    draw();
    byId("panel").querySelector(`[data-key="i-${indicator}"]`)?.focus();
  }

  function layers() {
    const marks = unit.others.map((one) => ({ ...one, name: "other", title: "another quote" }));
    drafts.forEach((one, place) => {
      for (const part of one.parts) marks.push({ ...part, name: place === at ? (one.is_quote ? "quoted" : "refused") : "other" });
    });
    const one = here();
    if (one?.speaker?.words) marks.push({ start: one.speaker.words.start, end: one.speaker.words.end, name: "speaker", title: "the speaker" });
    const candidate = one?.candidates.find((each) => each.indicator === indicators()[focus]);
    for (const word of candidate ? candidate.words : []) marks.push({ ...word, name: candidate.decision === "match" ? "yes" : "review", mark: true, title: `spoke for ${candidate.indicator}` });
    return marks;
  }

  function row(indicator, place) {
    const state = here().grades.get(indicator);
    const candidate = here().candidates.find((one) => one.indicator === indicator);
    const hint = candidate ? `model: ${candidate.decision} ${inP(candidate.p)}` : "";
    const text = candidate ? candidate.evidence : rowOf.get(indicator)?.practice_text || "";
    const level = here().levels.get(indicator);
    return el("li", {},
      el("button", {
        type: "button", class: `theme s-${state}`, "data-key": `i-${indicator}`, "aria-current": place === focus ? "true" : null,
        "aria-label": [`Indicator ${indicator}`, GRADES[state].word, hint, level ? readable(level) : "", text, place < 9 ? `key ${place + 1}` : ""].filter(Boolean).join(", "),
        onclick: () => nextGrade(place), onfocus: () => { if (focus !== place) { focus = place; draw(); } },
      }, key(place < 9 ? String(place + 1) : "·"), el("span", { class: "sign", "aria-hidden": "true" }, GRADES[state].sign),
        el("span", { class: "name" }, `Indicator ${indicator}`), el("span", { class: "state" }, level ? `${GRADES[state].word}, ${readable(level)}` : GRADES[state].word),
        hint ? el("span", { class: `hint ${candidate.decision}` }, hint) : null, el("span", { class: "rubric" }, visible(text))));
  }

  function field(label, name) {
    const value = here().speaker?.[name] || "";
    return el("label", { class: "field" }, label, el("input", {
      type: "text", value, "data-key": `speaker-${name}`, autocomplete: "off", dir: "auto",
      oninput: (event) => {
        here().speaker = { name: null, role: null, organization: null, words: null, ...(here().speaker || {}), [name]: event.target.value.trim() || null };
      },
    }));
  }

  function speaker() {
    const people = unit.people.map((one, place) => ({ place, text: [one.name, one.role, one.organization].filter(Boolean).join(", ") }));
    return [
      el("h2", {}, "Speaker"),
      people.length ? el("label", { class: "field" }, "People of the document", el("select", {
        "data-key": "people",
        onchange: (event) => {
          const one = unit.people[Number(event.target.value)];
          if (event.target.value !== "" && one) here().speaker = { ...one, words: here().speaker?.words || null };
          draw();
        },
      }, el("option", { value: "" }, "choose …"), people.map((one) => el("option", { value: one.place }, visible(one.text))))) : null,
      el("div", { class: "fields" }, field("Name", "name"), field("Role", "role"), field("Organization", "organization")),
      el("p", { class: "buttons" },
        el("button", { type: "button", "data-key": "nobody", onclick: () => { here().speaker = null; draw(); } }, "The text does not tell ", key("t"))),
    ];
  }

  function selecting() {
    const box = byId("selecting");
    if (box) box.hidden = !picked;
  }

  function draw() {
    const one = here();
    fill(byId("work"), placed(unit,
      el("p", { class: `judged ${shown.kind}`, id: "text", dir: "auto" }, layered(shown, layers())),
      el("p", { class: "buttons", id: "selecting", hidden: !picked },
        el("button", { type: "button", onclick: () => extend(picked) }, "This is the quote ", key("e")),
        one ? el("button", { type: "button", onclick: () => speak(picked) }, "This names the speaker ", key("s")) : null,
        el("button", { type: "button", onclick: () => add(picked) }, "Add as a quote ", key("a"))),
      drafts.length > 1 ? el("p", { class: "buttons", role: "group", "aria-label": "Quotes of this passage" }, drafts.map((each, place) =>
        el("button", { type: "button", class: "choice", "data-key": `draft-${place}`, "aria-pressed": String(place === at), onclick: () => { at = place; focus = 0; draw(); } }, each.added ? `Added ${place + (unit.quote ? 0 : 1)}` : "The quote"))) : null,
      el("p", { class: "legend" }, el("span", { class: "quoted" }, "the quote"), one?.speaker?.words ? [" · ", el("span", { class: "speaker" }, "who speaks")] : null, unit.others.length ? [" · ", el("span", { class: "other" }, "other quotes")] : null, " · select words to change it, or ", key("["), key("]"), key("{"), key("}"))));
    fill(byId("panel"), one ? held_(one) : nothing());
    fill(byId("beside"), indicators().length ? practice(rowOf.get(indicators()[focus])) : null);
  }

  function nothing() {
    return [el("h2", {}, "Quotes"), el("p", {}, "No quote in this passage yet. Select its words, or press ", key("a"), ". Enter says that there is none."),
      el("p", { class: "buttons" }, el("button", { type: "button", onclick: () => add(picked) }, "Add a quote ", key("a")))];
  }

  function held_(one) {
    const questions = [...one.grades.values()].filter((each) => each === "ask").length;
    return [
      el("h2", {}, "Quote"),
      el("p", { class: "buttons" },
        el("button", { type: "button", class: "choice", "data-key": "refuse", "aria-pressed": String(!one.is_quote), onclick: refuse }, one.added ? "Take it away " : "Not a quote ", key("x")),
        el("button", { type: "button", "data-key": "add", onclick: () => add(picked) }, "Add another ", key("a"))),
      !one.added && unit.quote ? el("p", { class: "note" }, `The model is sure of it by ${inP(unit.quote.confidence)}.`) : null,
      one.is_quote ? [
        speaker(), el("h2", {}, "Practices"),
        el("ol", { class: "themes" }, indicators().map(row)),
        questions ? el("p", { class: "note" }, `${announcing("question", questions)}. Enter leaves ${questions === 1 ? "it" : "them"} open, `, key("Shift"), "+", key("Enter"), " answers no.") : null,
        el("label", { class: "field" }, "Find an indicator by number or words ", el("input", {
          type: "search", id: "find", "data-key": "find", value: query, autocomplete: "off",
          oninput: (event) => { query = event.target.value; results(); },
          onkeydown: (event) => { if (event.key === "Enter" && found().length) { event.preventDefault(); event.stopPropagation(); take(found()[0].indicator); } },
        })),
        el("ul", { id: "found", class: "found" }, listed()),
      ] : null,
      one.judged ? el("p", { class: "note" }, "You have judged this quote; saving replaces that.") : null,
    ];
  }

  function listed() {
    return found().map((one) => el("li", {}, el("button", { type: "button", "data-key": `take-${one.indicator}`, onclick: () => take(one.indicator) }, `${one.indicator}: ${visible(one.practice_text)}`)));
  }

  function results() {
    const listedNow = listed();
    byId("found").replaceChildren(...listedNow);
    byId("found").scrollIntoView({ block: "nearest" });
    say(announcing("indicator", listedNow.length));
  }

  function refuse() {
    if (here().added) {
      drafts.splice(at, 1);
      at = 0;
    } else here().is_quote = !here().is_quote;
    say(here()?.is_quote === false ? "Not a quote" : "A quote");
    draw();
  }

  function practice(one) {
    if (!one) return null;
    const level = here().levels.get(one.indicator);
    return [
      el("h2", {}, `Practice ${one.practice}`), el("p", { class: "where" }, visible(one.area)), el("p", {}, visible(one.practice_text)),
      el("h3", {}, `Level of indicator ${one.indicator} `, key("l")),
      el("div", { class: "choices column", role: "group", "aria-label": "Level" }, [null, ...rubric.levels].map((each) =>
        el("button", { type: "button", class: "choice", "data-key": `level-${each}`, "aria-pressed": String((level || null) === each), onclick: () => setLevel(one.indicator, each) },
          el("strong", {}, each ? readable(each) : "not told"), each ? el("span", {}, visible(one.levels[each] || "")) : null))),
    ];
  }

  function setLevel(indicator, level) {
    if (level) here().levels.set(indicator, level);
    else here().levels.delete(indicator);
    say(level ? readable(level) : "level not told");
    draw();
  }

  function words_(one) {
    return one.parts.map((part) => stretch(shown, part.start, part.end));
  }

  function spoken(one) {
    const voice = one.speaker;
    if (!voice || !(voice.name || voice.role || voice.organization || voice.words)) return null;
    return { name: voice.name || null, role: voice.role || null, organization: voice.organization || null, words: voice.words || null };
  }

  function practices(one, answerNo) {
    const graded = {}, open = [], levels = {};
    for (const [indicator, state] of one.grades) {
      if (state === 1 || state === 2) {
        graded[indicator] = state;
        if (one.levels.get(indicator)) levels[indicator] = one.levels.get(indicator);
      } else if (state === "open" || (state === "ask" && !answerNo)) open.push(indicator);
    }
    const anchor = anchorInside(unit.anchor, shown, one.parts[0].start, one.parts[one.parts.length - 1].end);
    return { target: "practices", record_id: one.record, anchor, rubric: rubric.name, practices: graded, levels, open };
  }

  return {
    draw,
    decisions(answerNo) {
      const none = { target: "quote", record_id: unit.passage_id, anchor: unit.anchor, is_quote: false, added: false, parts: [], speaker: null };
      const said = drafts.flatMap((one) => {
        const quote = { target: "quote", record_id: one.record, anchor: unit.anchor, is_quote: one.is_quote, added: one.added, parts: one.is_quote ? words_(one) : [], speaker: one.is_quote ? spoken(one) : null };
        return one.is_quote ? [quote, practices(one, answerNo)] : [quote];
      });
      return said.length ? said : [none];
    },
    press(event) {
      const edges = { "[": ["start", -1], "]": ["start", 1], "{": ["end", -1], "}": ["end", 1] };
      if (edges[event.key]) step(...edges[event.key]);
      else if (/^[1-9]$/.test(event.key)) nextGrade(Number(event.key) - 1);
      else if (event.key === "e" && picked) extend(picked);
      else if (event.key === "a") add(picked);
      else if (event.key === "s" && picked) speak(picked);
      else if (event.key === "s" && here()) byId("panel").querySelector('[data-key="people"], [data-key="speaker-name"]')?.focus();
      else if (event.key === "t" && here()) { here().speaker = null; say("Speaker not told"); draw(); }
      else if (event.key === "x" && here()) refuse();
      else if (event.key === "o" && indicators().length) grade(focus, here().grades.get(indicators()[focus]) === "open" ? 0 : "open");
      else if (event.key === "l" && indicators().length) {
        const levels = [null, ...rubric.levels], indicator = indicators()[focus];
        setLevel(indicator, levels[(levels.indexOf(here().levels.get(indicator) || null) + 1) % levels.length]);
      } else if (event.key === "f") byId("find")?.focus();
      else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && indicators().length) {
        focus = (focus + (event.key === "ArrowDown" ? 1 : indicators().length - 1)) % indicators().length;
        draw();
        byId("panel").querySelector('[aria-current="true"]')?.focus();
      } else return false;
      return true;
    },
    select() {
      picked = byId("text") ? selected(byId("text"), shown) : null;
      selecting();
    },
    keys: [
      ["[ ]", "the quote begins a word earlier, later"],
      ["{ }", "the quote ends a word earlier, later"],
      ["e s a", "selected words: are the quote, name the speaker, are another quote"],
      ["s t", "choose the speaker; the text does not tell who speaks"],
      ["x", "not a quote"],
      ["a", "add a quote that is missing"],
      ["1 … 9", "an indicator: best → defensible → not"],
      ["↑ ↓ · l · o", "another indicator; its level; leave it open"],
      ["f", "find an indicator by number or words"],
      ["Enter", "save and next; unanswered questions stay open"],
      ["Shift + Enter", "save and next; unanswered questions are a no"],
      ["d", "show or hide the rubric"],
    ],
  };
}
