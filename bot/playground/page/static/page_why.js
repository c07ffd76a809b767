// Why the bot did what it did: its last decisions, the newest one with everything behind it.
import { ask, byId, el, momentOf, showList } from "./page_dom.js";

const percent = (share) => `${Math.round(Math.min(1, Math.max(0, share)) * 100)} %`;
const words = (code) => code.replaceAll("_", " ");

/** The bot's last decisions. A change in a chat may be seen before its decision is stored, so they
 * are asked for once more a little later. */
export class Why {
  constructor() {
    byId("why-toggle").addEventListener("click", () => this.toggle());
    byId("why").addEventListener("keydown", (event) => { if (event.key === "Escape" && this.isOpen) { this.toggle(); byId("why-toggle").focus(); } });
  }

  get isOpen() { return byId("why-toggle").getAttribute("aria-expanded") === "true"; }

  toggle() {
    byId("why-toggle").setAttribute("aria-expanded", String(!this.isOpen));
    byId("why").classList.toggle("open", this.isOpen);
  }

  changed() {
    this.refresh();
    clearTimeout(this.again);
    this.again = setTimeout(() => this.refresh(), 1500);
  }

  async refresh() {
    const decisions = await ask("play/decisions").catch(() => null);
    if (!decisions) return;
    const [latest] = decisions;
    if (latest) {
      const [match] = latest.matches;
      byId("why-latest").replaceChildren(outcome(latest), el("q", {}, latest.text),
        match ? el("span", { class: "why-best" }, `${match.article} ${percent(match.score)}`) : "");
    }
    const keyed = decisions.map((each, index) => ({ ...each, number: decisions.length - index, newest: index === 0 }));
    showList(byId("decisions"), keyed, (each) => `${each.at} ${each.customer} ${each.text} ${each.number}`, decisionNode);
  }
}

const outcome = ({ outcome: name }) => el("span", { class: `outcome ${name}` }, words(name));

function decisionNode(decision) {
  const { at, customer, text, language, why, matches, newest } = decision;
  return el("li", { class: newest ? "decision newest" : "decision" },
    el("div", { class: "decision-head" }, outcome(decision), el("span", { class: "language" }, language), el("strong", {}, customer), el("time", { datetime: at }, momentOf(new Date(at)))),
    el("q", {}, text),
    why.length ? el("ul", { class: "reasons" }, why.map((reason) => el("li", {}, reason))) : null,
    facts(decision),
    matches.length ? matchTable(matches, "Articles that matched") : el("p", { class: "no-match" }, "No article matched."),
    (decision.parts ?? []).map((part) => readAlone("One of several questions", part)),
    decision.in_context ? readAlone("Read with the question before", decision.in_context) : null,
    signals(decision.signals, newest));
}

/** The rule that decided, how the customer felt, how sure that had to be, and what came second. */
function facts({ rule, mood, second, matches: [best] }) {
  const known = [
    rule ? ["Rule", words(rule)] : null,
    mood ? ["Mood", [`${mood.level}, ${percent(mood.score)}`, ...mood.reasons.map(words)].join(" · ")] : null,
    best?.precision_asked === undefined ? null : ["Of answers at least this sure", `${percent(best.precision)} should be right, ${percent(best.precision_asked)} asked for`],
    second ? ["Second", `${second.article}, ${percent(second.behind)} behind`] : null,
  ].filter(Boolean);
  return known.length ? el("dl", { class: "facts" }, known.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])) : null;
}

const matchTable = (matches, caption) =>
  el("table", { class: "matches" }, el("caption", { class: "sr-only" }, caption), el("tbody", {}, matches.map(matchRow)));

function matchRow({ article, score, share, evidence }) {
  const bar = el("span", { class: "bar-fill" });
  bar.style.width = percent(score).replace(" ", "");
  return el("tr", {}, el("th", { scope: "row" }, article, evidence ? el("small", {}, evidence) : null,
    share === undefined ? null : el("small", { class: "share" }, `${percent(share)} of the vote`)),
    el("td", { class: "score" }, el("span", { class: "bar-track", "aria-hidden": "true" }, bar), percent(score)));
}

const readAlone = (title, { text, matches }) =>
  el("div", { class: "part" }, el("h3", {}, title), el("q", {}, text),
    matches.length ? matchTable(matches, title) : el("p", { class: "no-match" }, "No article matched."));

/** What told how far the matches can be believed: of the question, the same for all of them. */
function signals(values, open) {
  const named = Object.entries(values ?? {});
  if (!named.length) return null;
  return el("details", { class: "signals", open },
    el("summary", {}, "The question"),
    el("table", {},
      el("caption", { class: "sr-only" }, "What the question was judged by"),
      el("tbody", {}, named.map(([name, value]) => el("tr", {}, el("th", { scope: "row" }, words(name)), el("td", {}, value.toFixed(2)))))));
}
