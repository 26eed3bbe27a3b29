"use strict";
/* Filters the quotes and passages that stand in the page. Without it they are all readable. */
(() => {
  const PAGE = 50;
  const FIELDS = ["unit", "theme", "and", "practice", "decision", "site", "year", "document", "problem", "coder", "repeats"];
  const WORDS = ["speaker", "text"];
  const form = document.getElementById("find");
  if (!form) return;
  const result = document.getElementById("result");
  const more = document.getElementById("more");
  const articles = [...document.querySelectorAll("article[data-k]")];
  const documents = [...document.querySelectorAll("section.doc")];
  const carried = articles.map((article) => new Set(article.dataset.k.split(" ")));
  const words = new Map();
  let limit = PAGE;
  let behind = "";

  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();
  const wordsOf = (article, part) => {
    const key = part + article.id;
    if (!words.has(key)) words.set(key, fold([...article.querySelectorAll(part)].map((e) => e.textContent).join(" ")));
    return words.get(key);
  };
  const field = (name) => form.elements[name];
  const token = (name) => {
    const chosen = field(name);
    return chosen && chosen.value ? chosen.selectedOptions[0].dataset.t : "";
  };
  const valueOf = (name) => {
    const input = field(name);
    return input.type === "checkbox" ? (input.checked ? "1" : "") : input.value.trim();
  };

  function wanted() {
    const decision = valueOf("decision");
    const needed = ["site", "year", "document", "problem"].map(token).filter(Boolean);
    const unit = valueOf("unit");
    if (unit) needed.push(unit === "quote" ? "q" : "v");
    if (!valueOf("repeats")) needed.push("c");
    const coder = valueOf("coder");
    if (coder) needed.push(token("coder"));
    const either = [];
    const theme = token("theme");
    const practice = token("practice");
    if (theme) either.push(decisions(theme, "y", decision));
    if (token("and")) either.push(decisions(token("and"), "y", decision));
    if (practice) either.push(decisions(practice, "m", decision));
    if (!theme && !practice && decision) either.push([decision === "yes" ? "y" : "r"]);
    return { needed, either, speaker: fold(valueOf("speaker")), text: fold(valueOf("text")) };
  }

  const decisions = (token, yes, decision) =>
    decision === "yes" ? [token + yes] : decision === "review" ? [token + "r"] : [token + yes, token + "r"];

  const matches = (i, ask) =>
    ask.needed.every((t) => carried[i].has(t)) &&
    ask.either.every((some) => some.some((t) => carried[i].has(t))) &&
    (!ask.speaker || wordsOf(articles[i], ".who").includes(ask.speaker)) &&
    (!ask.text || wordsOf(articles[i], ".w").includes(ask.text));

  function apply() {
    const ask = wanted();
    let found = 0;
    const kinds = { q: 0, v: 0 };
    articles.forEach((article, i) => {
      const fits = matches(i, ask);
      if (fits) {
        found += 1;
        kinds[carried[i].has("q") ? "q" : "v"] += 1;
      }
      article.hidden = !fits || found > limit;
    });
    for (const section of documents) {
      for (const part of section.querySelectorAll("details.part")) {
        part.hidden = !part.querySelector("article:not([hidden])");
      }
      section.hidden = !section.querySelector("article:not([hidden])");
    }
    more.hidden = found <= limit;
    document.documentElement.classList.toggle("filtered", [...FIELDS.slice(1), ...WORDS].some(valueOf));
    tell(found, kinds);
  }

  function tell(found, kinds) {
    const count = (n, one) => `${n.toLocaleString("en")} ${one}${n === 1 ? "" : "s"}`;
    const parts = [kinds.q && count(kinds.q, "quote"), kinds.v && count(kinds.v, "passage")].filter(Boolean);
    let told = parts.length ? parts.join(" and ") : "Nothing fits";
    if (found > limit) told += `; the first ${limit} are shown`;
    if (behind && Number(behind) > found) {
      told += `. ${Number(behind).toLocaleString("en")} stand behind the number; this page holds a sample`;
    }
    result.textContent = told + ".";
  }

  function read(query) {
    const given = new URLSearchParams(query);
    for (const name of [...FIELDS, ...WORDS]) {
      const input = field(name);
      const value = given.get(name) || "";
      if (input.type === "checkbox") input.checked = value === "1";
      else input.value = value;
      if (input.tagName === "SELECT" && input.selectedIndex < 0) input.value = "";
    }
    behind = given.get("n") || "";
    limit = PAGE;
  }

  function write(replace) {
    const given = new URLSearchParams();
    for (const name of [...FIELDS, ...WORDS]) if (valueOf(name)) given.set(name, valueOf(name));
    behind = "";
    limit = PAGE;
    history[replace ? "replaceState" : "pushState"](null, "", "#find?" + given.toString());
    apply();
  }

  function go(focus) {
    const hash = location.hash.slice(1);
    if (hash.startsWith("find?")) {
      read(hash.slice(5));
      apply();
      const title = document.getElementById("words");
      title.scrollIntoView();
      if (focus) title.focus({ preventScroll: true });
      return;
    }
    let target = null;
    try {
      target = document.getElementById(decodeURIComponent(hash));
    } catch {
      return;
    }
    if (target) reveal(target);
  }

  function reveal(target) {
    for (let at = target; at && at.id !== "main"; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
      at.hidden = false;
    }
    document.querySelectorAll(".here").forEach((old) => old.classList.remove("here"));
    if (target.matches("article[data-k]")) target.classList.add("here");
    target.scrollIntoView();
  }

  for (const link of document.querySelectorAll("a[data-f]")) link.setAttribute("href", "#find?" + link.dataset.f);
  for (const part of document.querySelectorAll("details.part")) part.open = true;
  document.documentElement.classList.add("script");
  form.hidden = false;
  document.getElementById("found").hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", (event) => WORDS.includes(event.target.name) || write(false));
  form.addEventListener("input", (event) => WORDS.includes(event.target.name) && write(true));
  form.addEventListener("reset", () => setTimeout(() => write(false)));
  more.addEventListener("click", () => {
    const first = articles.filter((article) => !article.hidden).length;
    limit += PAGE;
    apply();
    const next = articles.filter((article) => !article.hidden)[first];
    if (next) {
      next.tabIndex = -1;
      next.focus();
    }
  });
  const all = (event) => {
    limit = event.type === "beforeprint" ? Infinity : PAGE;
    apply();
  };
  addEventListener("beforeprint", all);
  addEventListener("afterprint", all);
  addEventListener("hashchange", () => go(true));
  addEventListener("popstate", () => location.hash.startsWith("#find?") && go(false));
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
      const done = document.execCommand("copy");
      button.textContent = done ? "Copied" : "Selected: copy with Ctrl+C";
    });
  }
  apply();
  go(false);
})();
