// Small forms and questions in a dialog: one at a time, Esc closes.
import { byId, el } from "./page_dom.js";

/** Ask for a few values and hand them to `send`; what it returns, or undefined if cancelled.
 * A field is {name, label, maxlength?} or {name, label, options: {value: words}}. */
export function openForm({ title, fields, submit }, send) {
  const inputs = fields.map(({ name, label, options, maxlength }) => el("label", {}, el("span", {}, label), options
    ? el("select", { name }, Object.entries(options).map(([value, words]) => el("option", { value }, `${words} (${value})`)))
    : el("input", { name, required: true, maxlength, autocomplete: "off" })));
  return inSheet(title, inputs, { submit, cancel: "Cancel" }, send);
}

/** A yes-or-no question; true for yes. */
export const confirmed = ({ title, text, confirm, deny }) =>
  inSheet(title, [el("p", {}, text)], { submit: confirm || "Yes", cancel: deny || "No" }, () => true);

function inSheet(title, content, { submit, cancel }, send) {
  const sheet = byId("ask");
  return new Promise((resolve) => {
    let answer;
    const problem = el("p", { class: "problem", role: "alert", hidden: true });
    const form = el("form", { method: "dialog", onsubmit: async (event) => {
      event.preventDefault();
      try {
        answer = await send(Object.fromEntries(new FormData(form)));
        sheet.close();
      } catch (error) { problem.textContent = error.message; problem.hidden = false; }
    } },
    el("h2", { id: "ask-title" }, title), ...content, problem,
    el("div", { class: "sheet-buttons" },
      el("button", { type: "button", onclick: () => sheet.close() }, cancel),
      el("button", { type: "submit", class: "primary" }, submit)));
    sheet.replaceChildren(form);
    sheet.addEventListener("close", () => resolve(answer), { once: true });
    sheet.showModal();
  });
}
