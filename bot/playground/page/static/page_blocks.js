// Block Kit as nodes. `act(element, option, block)` is what a press or a choice does.
import { el, icon, openBeside, serverHtml } from "./page_dom.js";
import { withEmoji } from "./page_emoji.js";
import { confirmed } from "./page_sheets.js";

export const mrkdwn = (html, name = "div", attributes = {}) => withEmoji(serverHtml(el(name, attributes), html ?? ""));

const words = (text, name = "span") => mrkdwn(text?.html, name);

const BLOCKS = {
  section: (block, act) => el("div", { class: "b-section" },
    el("div", { class: "b-text" }, block.text ? words(block.text, "div") : null,
      block.fields ? el("div", { class: "b-fields" }, block.fields.map((field) => words(field, "div"))) : null),
    block.accessory ? element(block.accessory, act) : null),
  context: (block) => el("div", { class: "b-context" }, block.elements.map((each) =>
    each.type === "image" ? el("span", {}, each.alt_text) : words(each))),
  actions: (block, act) => el("div", { class: "b-actions" }, block.elements.map((each) => element(each, act))),
  header: (block) => words(block.text, "h3"),
  divider: () => el("hr"),
  image: (block) => el("p", { class: "b-image" }, icon("image"), block.alt_text),
  markdown: (block) => mrkdwn(block.html),
  input: (block) => input(block),
};
BLOCKS.context_actions = BLOCKS.actions;

/** The blocks of a message or a form, one node each. */
export const renderBlocks = (blocks, act) => blocks.map((block) => BLOCKS[block.type]?.(block, (each, option) => act(each, option, block))
  ?? el("p", { class: "b-unknown" }, `A block of the type “${block.type}”, which the playground does not draw.`));

/** Whether the blocks say something by themselves, and not only offer buttons. */
export const speak = (blocks) => blocks.some((block) => !["actions", "divider"].includes(block.type));

// --- elements ------------------------------------------------------------------------------------

function element(each, act) {
  if (each.type === "button") return button(each, act);
  if (each.type === "overflow") return overflow(each, act);
  if (each.type === "image") return el("span", { class: "b-image" }, icon("image"), each.alt_text);
  const field = FIELDS[each.type]?.(each);
  if (!field) return el("span", { class: "b-unknown" }, `[${each.type}]`);
  field.addEventListener("change", ({ target }) => act(each, target.value));
  return field;
}

function button(each, act) {
  const press = async ({ currentTarget: key }) => {
    if (each.confirm && !(await confirmed(plain(each.confirm)))) return;
    if (each.url && key.dispatchEvent(new CustomEvent("visit", { detail: each.url, bubbles: true, cancelable: true }))) {
      window.open(each.url, "_blank", "noopener,noreferrer");
    }
    key.setAttribute("aria-busy", "true");
    await act(each, "");
    key.removeAttribute("aria-busy");
  };
  return el("button", { type: "button", class: `b-button ${each.style ?? ""}`, "data-mark": each.action_id, onclick: press },
    words(each.text), each.url ? icon("link") : null);
}

let menus = 0;

/** The three dots, and what is behind them. */
function overflow(each, act) {
  const choose = (one) => async () => {
    menu.hidePopover();
    if (!each.confirm || await confirmed(plain(each.confirm))) act(each, one.value);
  };
  const menu = el("div", { id: `menu-${menus += 1}`, class: "popover menu", popover: "auto" },
    optionsOf(each).map((one) => el("button", { type: "button", onclick: choose(one) }, one.text.text)));
  const dots = el("button", { type: "button", class: "b-button b-more", popovertarget: menu.id, "aria-label": "More actions", "data-mark": each.action_id }, icon("more"));
  openBeside(menu, dots, { left: true });
  return el("span", { class: "b-menu" }, dots, menu);
}

const plain = (confirm) => Object.fromEntries(Object.entries(confirm).map(([key, text]) => [key, text?.text ?? text]));

const optionsOf = (each) => [...(each.options ?? []), ...(each.option_groups ?? []).flatMap((group) => group.options)];
const option = (each) => el("option", { value: each.value }, each.text.text);

function choice(each, multiple = false) {
  const initial = new Set([each.initial_option, ...(each.initial_options ?? [])].filter(Boolean).map((one) => one.value));
  const select = el("select", { name: each.action_id, multiple, "data-mark": each.action_id, "aria-label": each.placeholder?.text ?? "Choose" },
    multiple ? null : el("option", { value: "" }, each.placeholder?.text ?? "Choose…"),
    optionsOf(each).map(option));
  for (const one of select.options) if (initial.has(one.value)) one.selected = true;
  return select;
}

function ticks(each, type) {
  const initial = [each.initial_option, ...(each.initial_options ?? [])].filter(Boolean).map((one) => one.value);
  return el("span", { class: "b-ticks" }, optionsOf(each).map((one) => el("label", {},
    el("input", { type, name: each.action_id, value: one.value, checked: initial.includes(one.value) }), one.text.text)));
}

const line = (type, initial) => (each) => el("input", {
  type, name: each.action_id, value: each[initial], placeholder: each.placeholder?.text, maxlength: each.max_length,
});

/** A moment as a field for date and time has it, in the reader's zone. */
function localTime(unix) {
  if (!unix) return "";
  const at = new Date(unix * 1000);
  return new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

const FIELDS = {
  static_select: (each) => choice(each),
  users_select: (each) => choice(each),
  multi_users_select: (each) => choice(each, true),
  multi_static_select: (each) => choice(each, true),
  radio_buttons: (each) => ticks(each, "radio"),
  checkboxes: (each) => ticks(each, "checkbox"),
  datepicker: line("date", "initial_date"),
  timepicker: line("time", "initial_time"),
  datetimepicker: (each) => line("datetime-local", "")({ ...each, "": localTime(each.initial_date_time) }),
  number_input: line("number", "initial_value"),
  email_text_input: line("email", "initial_value"),
  url_text_input: line("url", "initial_value"),
  plain_text_input: (each) => (each.multiline
    ? el("textarea", { name: each.action_id, rows: 4, placeholder: each.placeholder?.text, maxlength: each.max_length }, each.initial_value ?? "")
    : line("text", "initial_value")(each)),
};

function input(block) {
  const field = FIELDS[block.element.type]?.(block.element) ?? el("p", { class: "b-unknown" }, `[${block.element.type}]`);
  const grouped = field.classList.contains("b-ticks");
  return el(grouped ? "fieldset" : "label", { class: "b-input", "data-block": block.block_id },
    el(grouped ? "legend" : "span", {}, block.label.text, block.optional ? el("small", {}, " (optional)") : null), field,
    block.hint ? el("small", {}, block.hint.text) : null, el("span", { class: "problem", role: "alert", hidden: true }));
}

/** What is entered in a form, by action id, empty ones left out. */
export function entered(form, blocks) {
  const data = new FormData(form);
  const values = {};
  for (const { type, element: each } of blocks) {
    if (type !== "input") continue;
    const many = ["checkboxes", "multi_static_select", "multi_users_select"].includes(each.type);
    const typed = many ? data.getAll(each.action_id) : data.get(each.action_id);
    // A moment is a number of seconds: the reader's zone need not be the one of who they play.
    const value = each.type === "datetimepicker" && typed ? String(Date.parse(typed) / 1000) : typed;
    if (value?.length) values[each.action_id] = value;
  }
  return values;
}
