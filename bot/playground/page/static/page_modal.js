// The modal a Slack app has opened for the person one is.
import { entered, renderBlocks } from "./page_blocks.js";
import { attempt, byId, el, toast } from "./page_dom.js";

export class Modal {
  constructor() {
    this.dialog = byId("modal");
    this.shown = "";
    this.dialog.addEventListener("cancel", (event) => { event.preventDefault(); this.close(); });
  }

  /** Show the topmost of the person's open modals, or none. */
  show(user, modals) {
    const view = modals.at(-1);
    const signature = view ? JSON.stringify([user, view]) : "";
    if (signature === this.shown) return;
    this.shown = signature;
    if (!view) { this.dialog.close(); return; }
    this.user = user;
    this.view = view;
    this.dialog.replaceChildren(this.form(view));
    if (!this.dialog.open) this.dialog.showModal();
  }

  form(view) {
    const act = (element, option, block) => attempt("play/slack/click", { user: this.user, view: view.id, action: element.action_id, block: block.block_id, option });
    const form = el("form", { onsubmit: (event) => { event.preventDefault(); this.submit(form); } },
      el("h2", { id: "modal-title" }, view.title?.text ?? ""), ...renderBlocks(view.blocks, act),
      el("div", { class: "sheet-buttons" },
        el("button", { type: "button", onclick: () => this.close() }, view.close?.text ?? "Close"),
        view.submit ? el("button", { type: "submit", class: "primary" }, view.submit.text) : null));
    return form;
  }

  async submit(form) {
    const { user, view } = this;
    const done = await attempt("play/slack/submit", { user, view: view.id, values: entered(form, view.blocks) });
    if (!done) return;
    if (!done.acked) toast("Frontdesk did not answer in time.", "bad");
    for (const block of form.querySelectorAll("[data-block]")) {
      const problem = block.querySelector(".problem");
      problem.textContent = done.errors[block.dataset.block] ?? "";
      problem.hidden = !problem.textContent;
    }
  }

  close() { attempt("play/slack/close", { user: this.user, view: this.view.id }); }
}
