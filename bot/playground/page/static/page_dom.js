// What every part of the page needs: nodes, lists that change only where they must, the server.

// --- nodes ---------------------------------------------------------------------------------------

/** A node. `on…` attributes are listeners; text children are always text, never markup. */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "class") node.className = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export const byId = (id) => document.getElementById(id);

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.classList.add("icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

// The one place where markup becomes nodes: it was made, and escaped, by our own server.
const trusted = window.trustedTypes?.createPolicy("playground", { createHTML: (html) => html });

export function serverHtml(node, html) {
  node.innerHTML = trusted ? trusted.createHTML(html) : html;
  for (const link of node.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  for (const time of node.querySelectorAll("time[data-unix]")) {
    time.textContent = slackDate(Number(time.dataset.unix), time.dataset.pattern);
  }
  return node;
}

export function initials(name) {
  const words = name.trim().split(/\s+/);
  return words.length > 1 ? [...words[0]][0] + [...words.at(-1)][0] : [...name.trim()].slice(0, 1).join("");
}

export function tone(key) {
  let sum = 0;
  for (const letter of String(key)) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return `tone-${sum % 7}`;
}

export const avatar = (name, key) =>
  el("span", { class: `avatar ${tone(key)}`, "aria-hidden": "true" }, initials(name));

// --- lists ---------------------------------------------------------------------------------------

/** Make the list show the items: nodes whose item has not changed stay, focus stays in place. */
export function showList(list, items, keyOf, build) {
  const focus = focusIn(list);
  const keys = new Set(items.map((item) => String(keyOf(item))));
  for (const node of [...list.children]) if (!keys.has(node.dataset.key)) node.remove();
  const old = new Map([...list.children].map((node) => [node.dataset.key, node]));
  let place = list.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    const known = old.get(key);
    const signature = JSON.stringify(item);
    let node = known;
    if (!known || known.signature !== signature) {
      node = build(item);
      node.dataset.key = key;
      node.signature = signature;
      if (known) {
        if (place === known) place = known.nextElementSibling;
        known.replaceWith(node);
      }
    }
    if (node === place) place = place.nextElementSibling;
    else list.insertBefore(node, place);
  }
  if (focus && !list.contains(document.activeElement)) restoreFocus(list, focus);
}

function focusIn(list) {
  const item = list.contains(document.activeElement) && document.activeElement.closest("[data-key]");
  return item ? { key: item.dataset.key, mark: document.activeElement.dataset.mark } : null;
}

function restoreFocus(list, { key, mark }) {
  const item = [...list.children].find((node) => node.dataset.key === key);
  const same = mark && item && [...item.querySelectorAll("[data-mark]")].find((n) => n.dataset.mark === mark);
  (same ?? item)?.focus({ preventScroll: true });
}

/** One tab stop for a list of messages; the arrow keys walk through it. */
export function walkable(list) {
  list.addEventListener("focusin", ({ target }) => {
    const item = target.closest("[data-key]");
    for (const each of list.querySelectorAll(":scope > [tabindex='0']")) each.tabIndex = -1;
    if (item) item.tabIndex = 0;
  });
  list.addEventListener("keydown", (event) => {
    const item = event.target.closest("[data-key]");
    if (event.target !== item || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    let next = item;
    do next = event.key === "ArrowUp" ? next.previousElementSibling : next.nextElementSibling;
    while (next && !next.hasAttribute("tabindex"));
    next?.focus();
    event.preventDefault();
  });
}

/** After a change: one message of the list can be reached by Tab, the last one to begin with. */
export function keepReachable(list) {
  const items = list.querySelectorAll(":scope > [tabindex]");
  if (items.length && ![...items].some((each) => each.tabIndex === 0)) items[items.length - 1].tabIndex = 0;
}

/** Keeps the end in sight for whoever is at the end, and the place for whoever reads above. */
export class Scroller {
  constructor(box) {
    this.box = box;
    this.atEnd = true;
    box.addEventListener("scroll", () => { this.atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 48; });
    const follow = new ResizeObserver(() => this.follow());
    follow.observe(box);
    for (const child of box.children) follow.observe(child);
  }

  follow() { if (this.atEnd) this.box.scrollTop = this.box.scrollHeight; }

  toEnd() { this.atEnd = true; this.follow(); }
}

/** Let a popover open beside its button: below it, or above; at its right edge, or its left. */
export function openBeside(popover, button, { above = false, left = false } = {}) {
  popover.addEventListener("beforetoggle", () => {
    const at = button.getBoundingClientRect();
    const { style } = popover;
    style.inset = "auto";
    if (above) style.bottom = `${innerHeight - at.top + 4}px`;
    else style.top = `${at.bottom + 4}px`;
    if (left) style.left = `${at.left}px`;
    else style.right = `${document.documentElement.clientWidth - at.right}px`;
  });
}

// --- the server ----------------------------------------------------------------------------------

/** The server could not be asked, or refused; the message is for the reader. */
export class NoAnswer extends Error {}

/** The JSON answer; NoAnswer with the server's own words when there is none. */
export async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  const response = await fetch(path, options).catch(() => { throw new NoAnswer("The demo is not answering."); });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new NoAnswer(plainly(answer.error) || `The demo answered ${response.status}.`);
  return answer;
}

/** Ask, and tell the reader if it went wrong; undefined then. */
export async function attempt(path, body) {
  try {
    return await ask(path, body);
  } catch (error) {
    toast(error.message, "bad");
    return undefined;
  }
}

const PLAINLY = {
  not_in_channel: "This person is not in the channel: join it first.",
  message_not_found: "That message is gone.",
  is_archived: "This channel is archived.",
  unknown_command: "Slack knows no such command.",
};
const plainly = (message) => PLAINLY[message] ?? message;

/** A file's bytes, as JSON can carry them. */
export async function base64Of(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

// --- telling -------------------------------------------------------------------------------------

export function toast(text, kind = "") {
  const note = el("p", { class: `toast ${kind}` }, text);
  byId("toasts").append(note);
  setTimeout(() => note.remove(), 6000);
}

/** For screen readers: what has just arrived. */
export function announce(text) {
  const news = byId("news");
  news.append(el("p", {}, text));
  while (news.children.length > 5) news.firstChild.remove();
}

// --- times ---------------------------------------------------------------------------------------

const format = (options) => new Intl.DateTimeFormat("en-GB", options);
const TIME = format({ hour: "2-digit", minute: "2-digit" });
const DAY = format({ weekday: "long", day: "numeric", month: "long" });
const SHORT = format({ day: "numeric", month: "short", year: "numeric" });
const MOMENT = format({ weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

export const timeOf = (unix) => TIME.format(unix * 1000);
export const dayOf = (unix) => DAY.format(unix * 1000);
export const momentOf = (date) => MOMENT.format(date);

function slackDate(unix, pattern) {
  return pattern.replace(/\{(date|time)\w*\}/g, (_, kind) => (kind === "time" ? TIME : SHORT).format(unix * 1000));
}

/** The messages with a line before each new day; `whenOf` gives Unix seconds. */
export function withDays(messages, whenOf) {
  const shown = [];
  let last = "";
  for (const message of messages) {
    const day = dayOf(whenOf(message));
    if (day !== last) shown.push({ day });
    last = day;
    shown.push(message);
  }
  return shown;
}

export const dayLine = ({ day }) => el("li", { class: "day" }, el("span", {}, day));

// --- what this tab remembers ---------------------------------------------------------------------

export const remembered = (key) => sessionStorage.getItem(`playground.${key}`);
export const remember = (key, value) => sessionStorage.setItem(`playground.${key}`, value);
