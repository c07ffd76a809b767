// What is around the two chats: the clock, faults and the first hint.
import { attempt, byId, el, momentOf, openBeside, remember, remembered, toast } from "./page_dom.js";

// --- the clock -----------------------------------------------------------------------------------

/** Shows the scheduler's time, ticking on between two answers of the server. */
export class Clock {
  constructor() {
    this.ahead = 0;
    setInterval(() => this.show(), 1000);
    for (const button of document.querySelectorAll("[data-skip]")) {
      button.addEventListener("click", () => this.skip(button));
    }
  }

  set(now) {
    this.ahead = Date.parse(now) - Date.now();
    this.show();
  }

  show() {
    const now = new Date(Date.now() + this.ahead);
    const text = momentOf(now);
    if (byId("clock").textContent === text) return;
    byId("clock").textContent = text;
    byId("clock").dateTime = now.toISOString();
  }

  async skip(button) {
    if (button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    const done = await attempt("play/skip", { seconds: Number(button.dataset.skip) });
    button.removeAttribute("aria-busy");
    if (!done) return;
    this.set(done.now);
    toast(`It is now ${byId("clock").textContent}.`);
  }
}

// --- faults --------------------------------------------------------------------------------------

const FAULTS = {
  telegram_down: ["Telegram", "Down for 10 seconds", "Telegram is down for 10 seconds."],
  telegram_429: ["Telegram", "Next send: too many requests", "The next send to Telegram has to wait 5 seconds."],
  telegram_lost: ["Telegram", "Next send: delivered, answer lost", "The next message arrives, and the bot is not told."],
  slack_down: ["Slack", "Down for 10 seconds", "Slack is down for 10 seconds; what is said there meanwhile is not told to the bot."],
  slack_429: ["Slack", "Next post: too many requests", "The next post to Slack has to wait 5 seconds."],
  slack_lost: ["Slack", "Next post: delivered, answer lost", "The next post arrives, and the bot is not told."],
};

export function offerFaults(names) {
  openBeside(byId("faults"), byId("faults-button"));
  const groups = new Map();
  for (const name of names) {
    const [group, label, done] = FAULTS[name] ?? ["Other", name, name];
    const order = async () => { if (await attempt("play/faults", { fault: name })) { byId("faults").hidePopover(); toast(done, "warn"); } };
    groups.set(group, [...(groups.get(group) ?? []), el("button", { type: "button", "data-fault": name, onclick: order }, label)]);
  }
  document.querySelector(".fault-groups").replaceChildren(...[...groups].map(([group, buttons]) =>
    el("div", { role: "group", "aria-label": group }, el("h3", {}, group), buttons)));
}

// --- the hint ------------------------------------------------------------------------------------

export function offerHint(say) {
  const hint = byId("hint");
  hint.hidden = remembered("hint") === "seen";
  for (const chip of hint.querySelectorAll("[data-say]")) {
    chip.addEventListener("click", () => say(chip.dataset.say));
  }
  byId("hint-close").addEventListener("click", () => { hint.hidden = true; remember("hint", "seen"); byId("telegram").focus(); });
}
