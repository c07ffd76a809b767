// The line one writes in: Enter sends, Shift+Enter breaks, Up changes the last message, Esc stops.
import { el, icon } from "./page_dom.js";

export class Composer {
  /** `send(text, replyTo)` and `edit(id, text)` return false when it went wrong: the text stays then.
   * `lastOwn()` is {id, text} of the newest message that can be changed; `hint(text)` what there is
   * to say about what has been typed so far. */
  constructor(place, { label, tools = [], send, edit, lastOwn, hint = () => "" }) {
    this.place = place;
    this.actions = { send, edit, lastOwn, hint };
    this.drafts = new Map();
    this.key = "";
    this.editing = null;
    this.replying = null;
    this.text = el("textarea", { rows: 1, "aria-label": label, placeholder: label, enterkeyhint: "send", autocomplete: "off" });
    this.button = el("button", { type: "submit", class: "send", "aria-label": "Send" }, icon("send"));
    this.doing = el("span");
    this.note = el("p", { class: "composer-note", hidden: true }, this.doing,
      el("button", { type: "button", class: "quiet", "aria-label": "Stop that", onclick: () => this.stop() }, icon("close")));
    this.hint = el("p", { class: "composer-hint", role: "status", hidden: true });
    this.form = el("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.submit(); } },
      this.note, this.hint, el("div", { class: "composer-line" }, ...tools, this.text, this.button));
    this.text.addEventListener("keydown", (event) => this.pressed(event));
    this.text.addEventListener("input", () => this.fit());
    place.append(this.form);
    this.fit();
  }

  /** Another conversation: what was begun in this one waits until one is back. */
  open(key, label) {
    if (label) { this.text.placeholder = label; this.text.setAttribute("aria-label", label); }
    if (key === this.key) return;
    if (this.editing || this.replying) this.stop();
    this.drafts.set(this.key, this.text.value);
    this.key = key;
    this.write(this.drafts.get(key) ?? "");
  }

  /** What is written next answers this message. */
  reply(id) {
    this.replying = id;
    this.doing.textContent = "Replying to Frontdesk";
    this.note.hidden = false;
    this.text.focus();
  }

  change({ id, text }) {
    this.editing = id;
    this.doing.textContent = "Changing your message";
    this.note.hidden = false;
    this.write(text);
    this.text.focus();
    this.text.setSelectionRange(text.length, text.length);
  }

  stop() {
    this.editing = null;
    this.replying = null;
    this.note.hidden = true;
    this.write("");
    this.text.focus();
  }

  focus() { this.text.focus(); }

  pressed(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); this.submit(); }
    else if (event.key === "Escape" && (this.editing ?? this.replying) !== null) { event.stopPropagation(); this.stop(); }
    else if (event.key === "ArrowUp" && this.text.value === "") {
      const own = this.actions.lastOwn();
      if (own) { event.preventDefault(); this.change(own); }
    }
  }

  async submit() {
    const text = this.text.value.trim();
    if (!text || this.busy) return;
    this.busy = true;
    const { editing, key, replying } = this;
    const done = editing === null ? await this.actions.send(text, replying) : await this.actions.edit(editing, text);
    this.busy = false;
    if (done === false) return;
    if (this.key !== key) this.drafts.delete(key);
    else if (editing !== null || replying !== null) this.stop();
    else if (this.text.value.trim() === text) this.write("");
  }

  write(text) { this.text.value = text; this.fit(); }

  fit() {
    this.button.disabled = this.text.value.trim() === "";
    this.hint.textContent = this.actions.hint(this.text.value);
    this.hint.hidden = this.hint.textContent === "";
    this.text.style.height = "";
    const height = this.text.scrollHeight; // 0 while the pane is not shown
    if (height) this.text.style.height = `${Math.min(height, 140)}px`;
  }
}
