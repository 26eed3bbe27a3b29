// The end: how far, how well agreed, and what to do with it.

async function summary(work) {
  const place = byId("work");
  fill(byId("panel"));
  fill(byId("beside"));
  const done = work.done.filter(Boolean).length;
  fill(place, el("h1", { tabindex: "-1", id: "end" }, done === work.done.length ? "All done" : "So far"),
    el("p", { class: "large" }, `${work.facts.coder} has judged ${done} of ${announcing(work.facts.kind.replace(/s$/u, ""), work.done.length)}${work.facts.blind ? ", blind" : ""}.`),
    work.store.offline ? saving(work) : el("div", { id: "agreement" }, el("p", { class: "note" }, "Counting the agreement …")),
    work.store.offline ? null : retraining(work));
  byId("end").focus();
  if (!work.store.offline) {
    await work.outbox.idle();
    const found = await work.store.agreement().catch(() => null);
    if (byId("agreement")) fill(byId("agreement"), found ? agreed(found, work) : el("p", { class: "note" }, "The agreement cannot be counted now."));
  }
}

function saving(work) {
  return [
    el("p", {}, "Your decisions are kept in this browser. Save them to a file and send it back; ", el("code", {}, "pop import decisions FILE"), " takes it."),
    el("p", { class: "buttons" }, el("button", { type: "button", class: "first", id: "to-file", onclick: () => download(work) }, "Save decisions to a file")),
  ];
}

function download(work) {
  const link = el("a", { download: `${work.facts.coder}-decisions.jsonl`, href: URL.createObjectURL(new Blob([work.store.file()], { type: "application/x-ndjson" })) });
  document.body.append(link);
  link.click();
  link.remove();
}

function agreed(found, work) {
  if (!found.length) return [el("h2", {}, "Agreement"), el("p", {}, "Nothing that somebody else has judged too, so far.")];
  const name = (id) => work.facts.themes.find((one) => one.id === id)?.name || readable(id);
  return found.map((one) => [
    el("h2", {}, `Agreement with ${one.other}`),
    el("p", {}, `${one.n} judged by both.`, one.too_few ? " Too few for figures: at least fifteen are needed." : "",
      one.other === "the model" ? " You saw what the model suggested, so this says how often you let it stand; for agreement proper, review blind." : ""),
    one.too_few ? null : el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Agreement with ${one.other}` }, el("table", {},
      el("thead", {}, el("tr", {}, ["", "n", "both", "only you", "only the other", "percent", "kappa"].map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, one.lines.map((line) => el("tr", {}, el("th", { scope: "row" }, name(line.name)),
        [line.n, line.both, line.only_coder, line.only_other].map((n) => el("td", {}, n)),
        line.percent === null ? el("td", { colspan: "2" }, "too few") : [el("td", {}, `${Math.round(100 * line.percent)} %`), el("td", {}, line.kappa === null ? "–" : line.kappa.toFixed(2).replace("-", "−"))]))))),
  ]);
}

function retraining(work) {
  const button = (job, text) => el("button", { type: "button", id: `job-${job}`, onclick: () => follow(work, job) }, text);
  const trains = work.facts.jobs.includes("train");
  return el("section", { "aria-labelledby": "learn" }, el("h2", { id: "learn" }, trains ? "Let the model learn from it" : "Take it over"),
    trains ? el("p", {}, "Training learns from your decisions too, and puts the new model to use only if nothing got clearly worse. It takes some minutes; you can go on reviewing.") : null,
    el("p", {}, "A new run puts your decisions into the outputs and the report."),
    el("p", { class: "buttons" }, trains ? button("train", "Train the model") : null, button("run", "Run the pipeline again")),
    el("p", { id: "verdict", class: "verdict", role: "status" }), el("pre", { id: "job", tabindex: "0", "aria-label": "What the job says", hidden: true }));
}

async function follow(work, job) {
  for (const name of ["train", "run"]) if (byId(`job-${name}`)) byId(`job-${name}`).disabled = true;
  const tell = (text) => { if (byId("verdict")) byId("verdict").textContent = text; };
  tell(job === "train" ? "Training …" : "Running …");
  try {
    await work.store.start(job);
    let from = 0, lines = [];
    for (;;) {
      const now = await work.store.job(from);
      from = now.n_lines;
      lines = lines.concat(now.lines);
      const out = byId("job");
      if (out) {
        out.hidden = false;
        out.textContent = lines.map(visible).join("\n");
        out.scrollTop = out.scrollHeight;
      }
      if (now.code !== null) {
        tell(now.verdict);
        break;
      }
      await new Promise((after) => { window.setTimeout(after, 700); });
    }
  } catch (error) {
    tell(`Not started: ${error.message}.`);
  }
  for (const name of ["train", "run"]) if (byId(`job-${name}`)) byId(`job-${name}`).disabled = false;
}
