"use strict";
// Everything that a policy, a text or an answer contains is put into the page as text (textContent), never as markup.

const EXAMPLES = {
  "mail addresses and phone numbers": `edition 1

import std.pii

guard reply on output stream {
    hold at most 200 chars      on fail exception
    no pii.email, pii.phone     on fail fix with "[{kind}]"
}
`,
  "words of your own": `edition 1

words   rivals   = ["Globex", "Initech Cloud"] ignore case
pattern order_id = /\\bORD-\\d{8}\\b/

guard reply on output stream {
    hold at most 100 chars      on fail exception
    no rivals                   on fail fix with "another vendor"
    no order_id                 on fail fix with "[order]"
}
`,
  "length and tone of a question": `edition 1

words rude = ["idiot", "stupid"] ignore case

guard question on input {
    max 2_000 chars             on fail exception "The message is too long."
    words in 3..60              on fail refrain "Please ask a question of 3 to 60 words."
    no rude                     on fail noop
}
`,
  "a JSON answer": `edition 1

import std.pii

shape Ticket {
    priority  one of "low", "high"       on fail fix to "low"
    summary   string  chars in 5..100    on fail reask
    email?    string  is pii.email       on fail filter
}

guard ticket on output as json Ticket {
    $.summary: no pii.phone              on fail fix
}
`,
};

const element = (id) => document.getElementById(id);
const own = () => element("whose-own").checked;
let guards = [];
let replay = null;
let timer = null;
let latest = 0;

class Refused extends Error {
  constructor(status, error) {
    super(error.help ? `${error.message}; ${error.help}` : error.message);
    this.status = status;
    this.where = error.where;
  }
}

function make(tag, text, name) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (name) made.className = name;
  return made;
}

function headers(kind) {
  const key = element("key").value.trim();
  return { "Content-Type": kind, ...(key ? { Authorization: `Bearer ${key}` } : {}) };
}

async function ask(method, path, body, kind = "application/json") {
  const response = await fetch(path, { method, headers: headers(kind), body });
  const text = await response.text();
  if (response.ok) return text;
  let error = { message: `status ${response.status}` };
  try { error = JSON.parse(text).error; } catch { /* an answer of something between */ }
  throw new Refused(response.status, error);
}

// --- what can be chosen ---

function options(select, names, labels = names) {
  const before = select.value;
  select.replaceChildren(...names.map((name, at) => Object.assign(make("option", labels[at]), { value: name })));
  if (names.includes(before)) select.value = before;
}

function showGuards() {
  options(element("guard"), guards.map((guard) => guard.name),
    guards.map((guard) => `${guard.name} (${guard.direction}${guard.stream ? ", stream" : ""})`));
}

async function loadGuards() {
  try {
    const listed = JSON.parse(await ask("GET", "/v1/guards"));
    guards = listed.guards;
    element("about").textContent = `Policy ${listed.policy_hash.slice(0, 12)} runs here.`;
    if (!own()) showGuards();
    return true;
  } catch (error) {
    if (error.status === 401) element("key-row").hidden = false;
    if (!own()) {
      guards = [];
      showGuards();
      if (error.status === 401 && !element("key").value) element("status").textContent = "This server wants a key.";
      else trouble(error);
    }
    return false;
  }
}

// --- showing ---

function clear() {
  for (const id of ["trouble", "diagnostics", "verdict", "stream", "report"]) element(id).hidden = true;
  stop();
}

function trouble(error) {
  const place = error.where && error.where.startsWith("$") ? `${error.where}: ` : "";
  element("trouble").textContent = error instanceof Refused || typeof error === "string"
    ? place + (error.message || error) : "The server cannot be reached.";
  element("trouble").hidden = false;
}

function showDiagnostics(found) {
  const into = element("diagnostics");
  into.replaceChildren(into.firstElementChild,
    ...found.map((each) => make("pre", each.shown, `diagnostic ${each.severity}`)));
  into.hidden = !found.length;
}

function marked(into, text, failures) {
  // Offsets count code points, strings of JavaScript count halves of surrogate pairs.
  const points = Array.from(text);
  const spans = failures.flatMap((failure) => failure.path === "$" ? failure.spans.map((span) => ({ ...span, failure })) : [])
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const parts = [];
  let at = 0;
  for (const span of spans) {
    if (span.start < at) continue;
    parts.push(document.createTextNode(points.slice(at, span.start).join("")));
    const mark = make("mark", points.slice(span.start, span.end).join(""));
    mark.title = `${span.detector}: ${span.failure.rule}`;
    parts.push(mark);
    at = span.end;
  }
  parts.push(document.createTextNode(points.slice(at).join("")));
  into.replaceChildren(...parts);
}

function table(names, rows, numbers = []) {
  const made = make("table");
  const head = made.createTHead().insertRow();
  names.forEach((name, at) => head.append(make("th", name, numbers.includes(at) ? "number" : "")));
  const body = made.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    row.forEach((cell, at) => line.append(make("td", cell, numbers.includes(at) ? "number" : "")));
  }
  const scroll = make("div", undefined, "scroll");
  scroll.append(made);
  return scroll;
}

function showVerdict(outcome, text) {
  const badge = element("badge");
  badge.textContent = outcome.passed ? (outcome.action === null ? "passed" : `passed, ${outcome.action}`) : `blocked, ${outcome.action}`;
  badge.className = outcome.passed ? "good" : "bad";
  element("why").textContent = outcome.error || (outcome.failures.length ? "" : "No rule failed.");
  element("why").hidden = !element("why").textContent;
  marked(element("found"), text, outcome.failures);
  const output = outcome.output;
  element("output").textContent = output === null ? "Nothing." : typeof output === "string" ? output : JSON.stringify(output, null, 2);
  const rows = outcome.failures.concat(outcome.unresolved.map((failure) => ({ ...failure, action: "after the fix" })));
  element("failures").replaceChildren(...(rows.length ? [make("h3", "Rules that did not hold"), table(
    ["Rule", "Line", "Says", "Then"],
    rows.map((failure) => [failure.rule, failure.source, (failure.path === "$" ? "" : `${failure.path}: `) + failure.message, failure.action]),
  )] : []));
  element("verdict").hidden = false;
}

function showReport(report) {
  const into = element("report");
  const parts = [into.firstElementChild, make("p", `A plan of ${report.size.toLocaleString("en")} bytes, policy ${report.policy_hash.slice(0, 12)}.`)];
  for (const guard of report.guards) {
    parts.push(make("h3", `guard ${guard.name} on ${guard.direction}${guard.streams ? " stream" : ""}`));
    parts.push(table(["Rule", "Decided by", "On fail", "In the stream"], guard.rules.map((rule) => [
      rule.name, rule.decided_by, rule.on_fail,
      rule.stream === null ? rule.values || "" : rule.stream.at_end ? "at the end"
        : !rule.stream.waits ? "holds nothing" : rule.stream.most === null ? "no bound" : `holds at most ${rule.stream.most}`,
    ])));
  }
  if (report.patterns.length) {
    parts.push(make("h3", "Patterns"));
    parts.push(table(["Pattern", "Engine", "Longest", "Worst per KB", "Bytes"], report.patterns.map((pattern) => [
      pattern.names.join(", "), pattern.engine, pattern.longest === null ? "no end" : String(pattern.longest),
      pattern.worst === null ? "limit" : Math.round(pattern.worst).toLocaleString("en"), pattern.size.toLocaleString("en"),
    ]), [2, 3, 4]));
  }
  into.replaceChildren(...parts);
  into.hidden = false;
}

// --- the stream, piece by piece ---

function showStream(stream) {
  replay = stream;
  const step = element("step");
  step.max = String(stream.steps.length);
  step.value = step.max;
  element("stream").hidden = false;
  showStep();
}

function showStep() {
  const number = Number(element("step").value);
  const steps = replay.steps.slice(0, number);
  const fed = Array.from(steps.map((step) => step.piece).join(""));
  const held = number ? steps[number - 1].held : 0;
  element("left").textContent = steps.map((step) => step.released).join("");
  element("held").textContent = held ? fed.slice(-held).join("") : "";
  element("coming").textContent = replay.steps.slice(number).map((step) => step.piece).join("");
  element("at").textContent = `piece ${number} of ${replay.steps.length}${held ? `, ${held} held` : ""}`;
  const ended = number === replay.steps.length;
  element("end").textContent = !ended ? "" : steps.some((step) => step.stopped)
    ? `A rule stopped the stream here: ${replay.action}. Nothing behind it is looked at.`
    : replay.passed ? "The stream has ended, and all of it has left." : `The stream has ended: ${replay.action}.`;
}

function stop() {
  clearInterval(timer);
  timer = null;
  element("play").textContent = "Play";
}

function play() {
  if (timer) return stop();
  const step = element("step");
  if (step.value === step.max) step.value = "0";
  element("play").textContent = "Pause";
  showStep();
  timer = setInterval(() => {
    step.value = String(Number(step.value) + 1);
    showStep();
    if (step.value === step.max) stop();
  }, 250);
}

// --- judging ---

function pieces(text) {
  const points = Array.from(text);
  const size = Math.max(1, Number(element("piece").value) || 1, Math.ceil(points.length / 400));
  const cut = [];
  for (let at = 0; at < points.length; at += size) cut.push(points.slice(at, at + size).join(""));
  return cut;
}

async function replayed(guard, text) {
  const cut = pieces(text);
  const body = cut.map((piece) => JSON.stringify({ piece })).join("\n") + "\n";
  const events = (await ask("POST", `/v1/guards/${encodeURIComponent(guard)}/stream`, body, "application/x-ndjson"))
    .split("\n\n").filter(Boolean).map((event) => {
      const [name, data] = event.split("\n");
      return { name: name.slice(7), data: JSON.parse(data.slice(6)) };
    });
  const outcome = events.find((event) => event.name === "outcome");
  const releases = events.filter((event) => event.name === "release").map((event) => event.data);
  if (!outcome || releases.some((release) => release.text === undefined)) return null;
  const steps = releases.map((release, at) => ({
    piece: cut[at] || "", released: release.text, stopped: release.stopped, held: release.held || 0,
  }));
  return { steps, action: outcome.data.action, passed: outcome.data.passed };
}

async function judgeOwn(text) {
  const answer = JSON.parse(await ask("POST", "/v1/playground", JSON.stringify({
    policy: element("policy").value, text, guard: element("guard").value || null, piece: Math.max(1, Number(element("piece").value) || 1),
  })));
  return { ...answer, guards: answer.guards };
}

async function judgeServer(text) {
  const guard = guards.find((each) => each.name === element("guard").value);
  if (!guard) throw new Refused(0, { message: "there is no guard to judge by" });
  const body = JSON.stringify({ text });
  const outcome = JSON.parse(await ask("POST", `/v1/guards/${encodeURIComponent(guard.name)}/validate`, body));
  const stream = guard.stream ? await replayed(guard.name, text) : null;
  return { diagnostics: [], outcome, stream, report: null, trouble: null, guards: null };
}

async function judge() {
  const mine = ++latest;
  const text = element("text").value;
  element("judge").disabled = true;
  element("status").textContent = own() ? "Compiling…" : "Judging…";
  try {
    const answer = await (own() ? judgeOwn(text) : judgeServer(text));
    if (mine !== latest) return;
    clear();
    showDiagnostics(answer.diagnostics);
    if (answer.guards) { guards = answer.guards; showGuards(); if (answer.guard) element("guard").value = answer.guard; }
    if (answer.trouble) trouble(answer.trouble);
    if (answer.outcome) showVerdict(answer.outcome, text);
    if (answer.stream && answer.stream.steps.length) showStream(answer.stream);
    if (answer.report) showReport(answer.report);
    const errors = answer.diagnostics.filter((each) => each.severity === "error").length;
    element("status").textContent = errors ? `${errors} error${errors === 1 ? "" : "s"} in the policy` : "Done.";
  } catch (error) {
    if (mine !== latest) return;
    clear();
    if (error.status === 401) element("key-row").hidden = false;
    trouble(error);
    element("status").textContent = "";
  } finally {
    if (mine === latest) element("judge").disabled = false;
  }
}

function choose() {
  element("own").hidden = !own();
  clear();
  element("status").textContent = "";
  if (own()) { guards = []; showGuards(); } else loadGuards();
}

options(element("example"), Object.keys(EXAMPLES));
element("policy").value = EXAMPLES[element("example").value];
element("example").addEventListener("change", () => { element("policy").value = EXAMPLES[element("example").value]; guards = []; showGuards(); });
for (const radio of document.querySelectorAll("input[name=whose]")) radio.addEventListener("change", choose);
element("key").addEventListener("change", () => { element("status").textContent = ""; clear(); loadGuards(); });
element("judge").addEventListener("click", judge);
element("step").addEventListener("input", () => { stop(); showStep(); });
element("play").addEventListener("click", play);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !element("judge").disabled) { event.preventDefault(); judge(); }
});
loadGuards().then((there) => { if (there) judge(); });
