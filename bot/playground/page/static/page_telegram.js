// The customer's telephone: one chat with the bot, as whichever customer one likes to be.
import { Composer } from "./page_composer.js";
import {
  Scroller, announce, ask, attempt, avatar, base64Of, byId, dayLine, el, icon, keepReachable, openBeside, remember,
  remembered, serverHtml, showList, timeOf, toast, walkable, withDays,
} from "./page_dom.js";
import { openForm } from "./page_sheets.js";

const LANGUAGES = {
  en: "English", ru: "Русский", tr: "Türkçe", lv: "Latviešu", pl: "Polski",
  de: "Deutsch", es: "Español", et: "Eesti", fr: "Français", lt: "Lietuvių", uk: "Українська",
};
const KINDS = {
  video: ["image", "Video"], audio: ["mic", "Audio"], voice: ["mic", "Voice message"], location: ["pin", "Location"], document: ["file", "File"],
  sticker: ["smile", "Sticker"], contact: ["hash", "Contact"],
};
const ATTACHMENTS = [
  ["image", "A sample picture", "picture", {}],
  ["mic", "A voice message", "attach", { kind: "voice" }],
  ["file", "A file", "attach", { kind: "document" }],
  ["pin", "A location", "attach", { kind: "location" }],
];
const FILES_LIMIT = 20 * 1024 * 1024;

export class Telegram {
  constructor(onUnread) {
    this.onUnread = onUnread;
    this.chats = [];
    this.groups = [];
    this.chosen = Number(remembered("customer")) || 0;
    this.group = 0; // the group one looks at, or 0: the private chat
    this.seen = null; // per chat: how far it was read, and how many notices were shown
    this.bubbles = byId("bubbles");
    this.scroller = new Scroller(byId("phone-scroller"));
    this.composer = new Composer(byId("phone-composer"), {
      label: "Message", tools: this.attachTool(),
      send: async (text, replyTo) => !!(await this.act("say", { text, reply_to: replyTo ?? undefined })),
      edit: async (id, text) => !!(await this.act("edit", { message_id: id, text })),
      lastOwn: () => this.own().at(-1),
    });
    walkable(this.bubbles);
    byId("start").addEventListener("click", async () => { await this.act("start"); this.composer.focus(); });
    byId("phone-menu").addEventListener("beforetoggle", () => this.fillMenu());
    openBeside(byId("phone-menu"), document.querySelector("[popovertarget=phone-menu]"));
  }

  get chat() { return this.chats.find((chat) => chat.id === this.chosen); }

  /** What is in sight: the private chat, or a group. */
  get room() { return this.groups.find((group) => group.id === this.group) ?? this.chat; }

  async refresh() {
    const { chats } = await ask("play/telegram/chats");
    this.chats = chats.filter((chat) => chat.kind === "private");
    this.groups = chats.filter((chat) => chat.kind.endsWith("group") && chat.standing !== "migrated");
    if (!this.chat) this.chosen = this.chats[0]?.id ?? 0;
    this.show();
  }

  choose(id) {
    this.chosen = id;
    remember("customer", id);
    this.show();
    this.scroller.toEnd();
  }

  enter(group) {
    this.group = group;
    this.show();
    this.scroller.toEnd();
  }

  /** Do something as the chosen customer, in sight; undefined when it could not be done. */
  act(name, body = {}) {
    this.scroller.atEnd = true;
    if (this.group) return attempt(`play/telegram/groups/${this.group}/${name}`, { as: this.chosen, ...body });
    return attempt(`play/telegram/chats/${this.chosen}/${name}`, body);
  }

  /** Open a link to the bot, which leads into the private chat. */
  async follow(url) {
    this.group = 0;
    await this.act("follow", { url });
    this.show();
  }

  // --- showing ---

  show() {
    const { chat, group, room } = this;
    if (!chat) return;
    this.tellNews();
    this.showPhoneRooms();
    showList(byId("customers"), [...this.chats.map((each) => this.tab(each)), { id: "new" }],
      (each) => each.id, (each) => (each.id === "new" ? this.newTab() : this.customerTab(each)));
    const blocked = !group && chat.standing === "blocked";
    document.querySelector(".phone-title h2").textContent = group ? room.title : "Frontdesk";
    byId("phone-status").textContent = room.typing ? "typing…" : blocked ? "blocked by you" : group ? "group; say @frontdesk_bot, or reply to it" : "bot";
    byId("phone-who").textContent = chat.title;
    byId("phone-start").hidden = room.messages.length > 0 || !!group;
    byId("start").textContent = blocked ? "Unblock" : "Start";
    this.composer.open(`${chat.id}/${group}`, group ? `Message ${room.title} as ${chat.title}` : `Message as ${chat.title}`);
    this.composer.form.hidden = blocked;
    document.querySelector("[popovertarget=attach-menu]").hidden = !!group;
    this.showBlocked(blocked);
    const shown = withDays(room.messages, (message) => message.at).map((each) => (each.day ? each : { ...each, mine: each.from === chat.id }));
    showList(this.bubbles, shown, (each) => `${room.id}/${each.day ?? each.message_id}`,
      (each) => (each.day ? dayLine(each) : this.bubble(each)));
    keepReachable(this.bubbles);
    this.scroller.follow();
  }

  showPhoneRooms() {
    const rooms = [{ id: 0, title: "Private chat" }, ...this.groups.map(({ id, title }) => ({ id, title }))];
    byId("phone-rooms").hidden = rooms.length < 2;
    showList(byId("phone-rooms"), rooms.map((each) => ({ ...each, chosen: each.id === this.group })), (each) => each.id, ({ id, title, chosen }) =>
      el("button", { type: "button", "aria-pressed": String(chosen), "data-mark": "room", onclick: () => this.enter(id) }, title));
  }

  showBlocked(blocked) {
    const bar = byId("phone-composer").querySelector(".blocked");
    if (blocked && !bar) {
      byId("phone-composer").append(el("button", { type: "button", class: "blocked", onclick: () => this.act("unblock") }, "Unblock the bot"));
    } else if (!blocked) bar?.remove();
  }

  tab(chat) {
    return { id: chat.id, title: chat.title, language: chat.language_code, chosen: chat.id === this.chosen, unread: this.unread(chat) };
  }

  customerTab({ id, title, language, chosen, unread }) {
    return el("button", { type: "button", class: "customer", "aria-pressed": String(chosen), "data-mark": "tab", onclick: () => this.choose(id) },
      avatar(title, id), el("span", { class: "customer-name" }, title),
      el("span", { class: "customer-language", title: LANGUAGES[language] ?? language }, language),
      unread ? el("span", { class: "badge" }, unread, el("span", { class: "sr-only" }, " unread")) : null);
  }

  newTab() {
    return el("button", { type: "button", class: "customer new", "aria-label": "New customer", "data-mark": "tab", onclick: () => this.addCustomer() },
      el("span", { class: "avatar plus" }, icon("plus")), el("span", { class: "customer-name" }, "New"));
  }

  bubble(message) {
    const { mine } = message;
    const byBot = message.by === "bot";
    return el("li", { class: `bubble ${mine ? "mine" : "theirs"}`, tabindex: -1 },
      el("div", { class: "bubble-body" },
        el("span", { class: this.group && !mine ? "bubble-by" : "sr-only" }, mine ? "You: " : byBot ? (this.group ? "Frontdesk" : "Bot: ") : message.name),
        message.picture ? this.picture(message) : null,
        this.kindLine(message),
        message.html ? serverHtml(el("div", { class: "text" }), message.html) : null,
        el("span", { class: "meta" }, message.edited ? "edited " : "", timeOf(message.at))),
      message.buttons.length ? el("div", { class: "keyboard" }, message.buttons.map((row) =>
        el("div", { class: "keyboard-row" }, row.map((button) => this.key(message, button))))) : null,
      byBot && this.group ? el("button", { type: "button", class: "bubble-edit", "aria-label": "Reply", title: "Reply", "data-mark": "reply",
        onclick: () => this.composer.reply(message.message_id) }, icon("thread")) : null,
      mine && !this.group && message.kind === "text" ? el("button", { type: "button", class: "bubble-edit", "aria-label": "Edit message", title: "Edit", "data-mark": "edit",
        onclick: () => this.composer.change({ id: message.message_id, text: message.text }) }, icon("edit")) : null);
  }

  picture(message) {
    return el("img", { src: `play/telegram/${message.picture}`, alt: "Picture", onload: () => this.scroller.follow() });
  }

  kindLine(message) {
    const [name, words] = KINDS[message.kind] ?? [];
    if (!name) return null;
    const { download, file } = message;
    return el("p", { class: "kind" }, icon(name), download ? el("a", { href: `play/telegram/${download}`, download: file }, file) : file ?? words);
  }

  key(message, { text, data, url, is_ours: isOurs }) {
    if (isOurs) return el("button", { type: "button", class: "key", "data-mark": url, onclick: () => this.follow(url) }, text, icon("link"));
    if (url) return el("a", { class: "key", href: url, target: "_blank", rel: "noopener noreferrer", "data-mark": url }, text, icon("link"));
    const press = async ({ currentTarget: key }) => {
      key.setAttribute("aria-busy", "true");
      await this.act("press", { button: data, message_id: message.message_id });
      setTimeout(() => key.removeAttribute("aria-busy"), 600);
    };
    return el("button", { type: "button", class: "key", "data-mark": `key ${data}`, onclick: press }, text);
  }

  // --- what else one can do ---

  own() {
    const mine = (this.group ? [] : this.chat?.messages ?? []).filter((message) => message.by === "customer" && message.kind === "text");
    return mine.map((message) => ({ id: message.message_id, text: message.text }));
  }

  attachTool() {
    const file = el("input", { type: "file", multiple: true, hidden: true, "aria-label": "Files to send", onchange: () => this.sendFiles(file) });
    const menu = el("div", { id: "attach-menu", class: "popover menu above", popover: "auto" },
      ATTACHMENTS.map(([name, words, act, body]) => el("button", { type: "button", onclick: () => { menu.hidePopover(); this.act(act, body); } }, icon(name), words)),
      el("button", { type: "button", onclick: () => { menu.hidePopover(); file.click(); } }, icon("image"), "Files of yours…"));
    const button = el("button", { type: "button", class: "quiet", popovertarget: "attach-menu", "aria-label": "Send something else" }, icon("attach"));
    openBeside(menu, button, { above: true, left: true });
    return [button, menu, file];
  }

  async sendFiles(input) {
    const files = [...input.files];
    input.value = "";
    if (!files.length) return;
    if (files.reduce((sum, each) => sum + each.size, 0) > FILES_LIMIT) { toast("The playground takes up to 20 MB at once.", "bad"); return; }
    await this.act("files", { files: await Promise.all(files.map(async (each) => ({ name: each.name, base64: await base64Of(each) }))) });
  }

  fillMenu() {
    const blocked = this.chat?.standing === "blocked";
    const entry = (name, words, act) => el("button", { type: "button", onclick: () => { byId("phone-menu").hidePopover(); this.act(act); } }, icon(name), words);
    byId("phone-menu").replaceChildren(
      ...(blocked ? [] : [entry("bot", "Press Start again", "start")]),
      blocked ? entry("block", "Unblock the bot", "unblock") : entry("block", "Block the bot", "block"));
  }

  async addCustomer() {
    const made = await openForm({
      title: "A new customer", submit: "Add",
      fields: [
        { name: "first_name", label: "First name", maxlength: 64 },
        { name: "language_code", label: "Language of their Telegram", options: LANGUAGES },
      ],
    }, (values) => ask("play/telegram/chats", values));
    if (!made) return;
    await this.refresh();
    this.choose(made.id);
    this.composer.focus();
  }

  // --- news ---

  unread(chat) {
    if (chat.id === this.chosen && !this.hidden && !this.group) return 0;
    const read = this.seen?.get(chat.id)?.read ?? 0;
    return chat.messages.filter((message) => message.by === "bot" && message.message_id > read).length;
  }

  tellNews() {
    const first = this.seen === null;
    this.seen ??= new Map();
    for (const chat of this.chats) {
      const latest = chat.messages.at(-1)?.message_id ?? 0;
      const seen = this.seen.get(chat.id) ?? { read: first ? latest : 0, told: first ? latest : 0, alerts: first ? chat.alerts.length : 0 };
      const inView = chat.id === this.chosen && !this.group;
      if (inView) {
        const fresh = chat.messages.filter((message) => message.by === "bot" && message.message_id > seen.told);
        fresh.forEach((message) => announce(`Bot to ${chat.title}: ${message.text}`));
        chat.alerts.slice(seen.alerts).forEach((text) => toast(text));
      }
      this.seen.set(chat.id, { read: inView && !this.hidden ? latest : seen.read, told: latest, alerts: chat.alerts.length });
    }
    this.onUnread(this.chats.reduce((sum, chat) => sum + this.unread(chat), 0));
  }
}
