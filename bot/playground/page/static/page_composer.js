// The line one writes in: Enter sends, Shift+Enter breaks, Up changes the last message, Esc stops.
import { el, icon } from "./page_dom.js";

export class Composer {
  /** `send(text)` and `edit(id, text)` return false when it went wrong: the text stays then.
   * `lastOwn()` is {id, text} of the newest message that can be changed. */
  constructor(place, { label, tools = [], send, edit, lastOwn }) {
    this.place = place;
    this.actions = { send, edit, lastOwn };
    this.drafts = new Map();
    this.key = "";
    this.editing = null;
    this.text = el("textarea", { rows: 1, "aria-label": label, placeholder: label, enterkeyhint: "send", autocomplete: "off" });
    this.button = el("button", { type: "submit", class: "send", "aria-label": "Send" }, icon("send"));
    this.note = el("p", { class: "composer-note", hidden: true }, el("span", {}, "Changing your message"),
      el("button", { type: "button", class: "quiet", "aria-label": "Stop changing the message", onclick: () => this.stop() }, icon("close")));
    this.form = el("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.submit(); } },
      this.note, el("div", { class: "composer-line" }, ...tools, this.text, this.button));
    this.text.addEventListener("keydown", (event) => this.pressed(event));
    this.text.addEventListener("input", () => this.fit());
    place.append(this.form);
    this.fit();
  }

  /** Another conversation: what was begun in this one waits until one is back. */
  open(key, label) {
    if (label) { this.text.placeholder = label; this.text.setAttribute("aria-label", label); }
    if (key === this.key) return;
    if (this.editing) this.stop();
    this.drafts.set(this.key, this.text.value);
    this.key = key;
    this.write(this.drafts.get(key) ?? "");
  }

  change({ id, text }) {
    this.editing = id;
    this.note.hidden = false;
    this.write(text);
    this.text.focus();
    this.text.setSelectionRange(text.length, text.length);
  }

  stop() {
    this.editing = null;
    this.note.hidden = true;
    this.write("");
    this.text.focus();
  }

  focus() { this.text.focus(); }

  pressed(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); this.submit(); }
    else if (event.key === "Escape" && this.editing !== null) { event.stopPropagation(); this.stop(); }
    else if (event.key === "ArrowUp" && this.text.value === "") {
      const own = this.actions.lastOwn();
      if (own) { event.preventDefault(); this.change(own); }
    }
  }

  async submit() {
    const text = this.text.value.trim();
    if (!text || this.busy) return;
    this.busy = true;
    const { editing, key } = this;
    const done = editing === null ? await this.actions.send(text) : await this.actions.edit(editing, text);
    this.busy = false;
    if (done === false) return;
    if (this.key !== key) this.drafts.delete(key);
    else if (editing !== null) this.stop();
    else if (this.text.value.trim() === text) this.write("");
  }

  write(text) { this.text.value = text; this.fit(); }

  fit() {
    this.button.disabled = this.text.value.trim() === "";
    this.text.style.height = "";
    const height = this.text.scrollHeight; // 0 while the pane is not shown
    if (height) this.text.style.height = `${Math.min(height, 140)}px`;
  }
}
