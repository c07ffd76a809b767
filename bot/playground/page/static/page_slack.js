// The workspace: who one is, the rooms, the desk channel with its cards, a thread beside it.
import { Composer } from "./page_composer.js";
import {
  Scroller, announce, ask, attempt, base64Of, byId, dayLine, el, icon, keepReachable, remember, remembered,
  serverHtml, showList, toast, walkable, withDays,
} from "./page_dom.js";
import { Home } from "./page_home.js";
import { MessageView } from "./page_message.js";
import { Modal } from "./page_modal.js";
import { openForm } from "./page_sheets.js";
import { DIRECT, Reading, Workspace, isReply, permalink } from "./page_workspace.js";

const LOCALES = { "en-US": "English", "ru-RU": "Русский", "tr-TR": "Türkçe", "lv-LV": "Latviešu", "pl-PL": "Polski", "de-DE": "Deutsch" };
const TOGETHER_SECONDS = 300; // messages of one person within this are shown as one
const WIDE = matchMedia("(min-width: 1180px)");

export class Slack {
  constructor(desk, onUnread) {
    this.desk = desk;
    this.onUnread = onUnread;
    this.me = remembered("person") ?? "";
    this.room = remembered("room") ?? "";
    this.thread = null; // the ts of the thread's first message
    this.space = null;
    this.reading = new Reading();
    this.modal = new Modal();
    this.view = new MessageView(this);
    this.home = new Home(this);
    this.main = this.pane("messages", "channel", false);
    this.side = this.pane("replies", "thread", true);
    byId("person").addEventListener("change", ({ target }) => this.become(target.value));
    for (const id of ["thread-back", "thread-close"]) byId(id).addEventListener("click", () => this.closeThread());
    byId("slack").addEventListener("visit", (event) => this.visit(event, event.detail));
    byId("slack").addEventListener("click", (event) => this.visit(event, event.target.closest("a[href]")?.href));
    byId("thread").addEventListener("keydown", ({ key, defaultPrevented }) => { if (key === "Escape" && !defaultPrevented) this.closeThread(); });
  }

  pane(listId, name, inThread) {
    const list = byId(listId);
    walkable(list);
    const file = el("input", { type: "file", multiple: true, hidden: true, "aria-label": "File to share", onchange: () => this.upload(file, inThread) });
    const tools = [el("button", { type: "button", class: "quiet", "aria-label": "Share a file", onclick: () => file.click() }, icon("plus")), file];
    const composer = new Composer(byId(`${name}-composer`), {
      label: inThread ? "Reply…" : "Message", tools,
      send: (text) => this.write(text, inThread),
      edit: async (ts, text) => !!(await this.act("edit", { ts, text })),
      lastOwn: () => this.lastOwn(inThread),
      hint: (text) => this.commandHint(text, inThread),
    });
    return { list, composer, scroller: new Scroller(byId(`${name}-scroller`)) };
  }

  get channel() { return this.space.channel(this.room); }

  /** What stands in the menu of a message. */
  get shortcuts() { return this.space.state.shortcuts; }

  async refresh() {
    const { me } = this;
    const space = new Workspace(await ask(`play/slack/state?user=${encodeURIComponent(me)}`), me);
    if (me !== this.me) return; // somebody else by now, who asks for themselves
    this.space = space;
    const [first] = space.people;
    if (!space.people.some((user) => user.id === me)) { await this.become(first.id); return; }
    if (this.room !== DIRECT && !this.channel) this.room = this.ownRoom();
    this.show();
  }

  ownRoom() { return this.space.isInside(this.desk) ? this.desk : DIRECT; }

  // --- doing ---

  /** Do something as this person, in this room unless said otherwise; undefined if it failed. */
  act(name, body = {}) {
    const channel = this.room === DIRECT ? {} : { channel: this.room };
    return attempt(`play/slack/${name}`, { user: this.me, ...channel, ...body });
  }

  async write(text, inThread) {
    (inThread ? this.side : this.main).scroller.atEnd = true;
    if (isCommand(text)) return this.command(text, inThread);
    const broadcast = inThread && !!byId("broadcast")?.checked;
    const done = await this.act("post", { text, ...(inThread && { thread_ts: this.thread, broadcast }) });
    if (done && broadcast) byId("broadcast").checked = false;
    return !!done;
  }

  async command(text, inThread) {
    if (inThread) { toast("Slack runs no commands in threads. Type it in the channel.", "bad"); return false; }
    const [command, ...rest] = text.split(" ");
    const done = await this.act("command", { command, text: rest.join(" ") });
    if (done && !done.acked) toast(`${command} failed: Frontdesk did not answer in time.`, "bad");
    return !!done;
  }

  commandHint(text, inThread) {
    if (!isCommand(text) || !this.space) return "";
    if (inThread) return "Slack runs no commands in threads.";
    const [typed] = text.split(" ");
    const fitting = Object.entries(this.space.state.commands).filter(([name]) => name.startsWith(typed));
    return fitting.map(([name, usage]) => `${name} ${usage}`).join("   ");
  }

  async useShortcut(message, name) {
    const done = await this.act("message_shortcut", { channel: message.channel, ts: message.ts, shortcut: name });
    if (done && !done.acked) toast("Frontdesk did not answer in time.", "bad");
  }

  async click(message, element, option, block) {
    const done = await this.act("click", { channel: message.channel, ts: message.ts, action: element.action_id, block: block.block_id, option });
    if (done && !done.acked) toast("Frontdesk did not answer in time.", "bad");
    // What comes of a card's button is said in its thread.
    if (done && WIDE.matches && this.room !== DIRECT && !isReply(message) && !message.ephemeral) this.openThread(message.ts, false);
  }

  async upload(input, inThread) {
    const files = await Promise.all([...input.files].map(async (file) => ({ name: file.name, base64: await base64Of(file) })));
    input.value = "";
    if (files.length) await this.act("upload", { files, ...(inThread && { thread_ts: this.thread }) });
  }

  lastOwn(inThread) {
    const shown = inThread ? this.space.replies(this.channel, this.thread) : this.space.roots(this.channel);
    const own = shown.filter((each) => each.user === this.me && !each.deleted && each.text).at(-1);
    return own && { id: own.ts, text: this.view.plain(own) };
  }

  async become(id) {
    this.me = id;
    this.thread = null;
    remember("person", id);
    this.space = new Workspace(this.space.state, id);
    this.room = this.ownRoom();
    await this.refresh();
    this.main.scroller.toEnd();
  }

  enter(room) {
    this.room = room;
    this.thread = null;
    remember("room", room);
    this.show();
    this.main.scroller.toEnd();
  }

  /** A link to a message of this workspace leads there instead of to Slack. */
  visit(event, url) {
    const to = url && permalink(url);
    if (!to || !this.space.channel(to.channel)) return;
    event.preventDefault();
    if (to.channel !== this.room) this.enter(to.channel);
    this.openThread(to.thread);
  }

  openThread(ts, focus = true) {
    this.thread = ts;
    this.show();
    this.side.scroller.toEnd();
    if (focus) this.side.composer.focus();
  }

  closeThread() {
    const root = [...this.main.list.children].find((each) => each.dataset.key === `${this.channel?.id}/${this.thread}`);
    this.thread = null;
    this.show();
    (root ?? this.main.composer).focus();
  }

  async addPerson() {
    const made = await openForm({
      title: "A new person in the workspace", submit: "Add",
      fields: [{ name: "name", label: "Name", maxlength: 80 }, { name: "locale", label: "Language of their Slack", options: LOCALES }],
    }, (values) => ask("play/slack/users", values));
    if (made) await this.become(made.id);
  }

  // --- showing ---

  show() {
    if (!this.space) return;
    this.reading.fresh(this.space).forEach((message) => this.tell(message));
    this.markRead();
    this.showPeople();
    this.showRooms();
    this.showChannel();
    this.showThread();
    this.modal.show(this.me, this.space.state.modals);
    const rooms = [...this.space.rooms.map((each) => each.id), DIRECT];
    this.onUnread(rooms.reduce((sum, room) => sum + this.reading.countAll(this.space, room), 0));
  }

  markRead() {
    const { reading, space, channel, thread } = this;
    if (this.hidden) return;
    reading.mark(space, channel, space.roots(channel));
    if (thread) reading.mark(space, channel, space.replies(channel, thread), thread);
  }

  showPeople() {
    const groups = this.space.groups(this.desk);
    const select = byId("person");
    if (select.dataset.shown !== JSON.stringify(groups)) {
      select.dataset.shown = JSON.stringify(groups);
      select.replaceChildren(...Object.entries(groups).filter(([, users]) => users.length).map(([label, users]) =>
        el("optgroup", { label }, users.map((user) => el("option", { value: user.id }, user.name)))));
    }
    select.value = this.me;
  }

  showRooms() {
    const rooms = this.space.rooms.map(({ id, name }) => ({ id, name }));
    const items = [{ group: "Channels" }, ...rooms, { group: "Direct messages" }, { id: DIRECT, name: "Frontdesk" }, { id: "new" }];
    const shown = items.map((each) => (each.name ? { ...each, chosen: each.id === this.room, unread: this.reading.countAll(this.space, each.id) } : each));
    const build = (each) => (each.group ? el("p", { class: "room-group" }, each.group) : each.name ? this.roomButton(each) : this.newPerson());
    showList(byId("rooms"), shown, (each) => each.id ?? each.group, build);
  }

  roomButton({ id, name, chosen, unread }) {
    return el("button", { type: "button", class: "room", "aria-current": chosen ? "page" : null, "data-mark": "room", onclick: () => this.enter(id) },
      icon(id === DIRECT ? "bot" : "hash"), el("span", {}, name), unread ? el("span", { class: "badge" }, unread, el("span", { class: "sr-only" }, " unread")) : null);
  }

  newPerson() {
    return el("button", { type: "button", class: "room new", "data-mark": "room", onclick: () => this.addPerson() }, icon("plus"), el("span", {}, "Add a person"));
  }

  showChannel() {
    const { channel, main, room, space } = this;
    const direct = room === DIRECT;
    const isOutside = !space.isInside(room);
    const atHome = this.home.show(this);
    byId("channel-name").textContent = direct ? "Frontdesk" : `# ${channel.name}`;
    byId("channel-about").textContent = atHome ? `What it shows ${space.name(this.me)}` : direct ? `Direct messages: ${space.name(this.me)} as a customer`
      : space.members(channel).map((name) => name.split(" ")[0]).join(", ");
    main.composer.open(`${this.me}/${room}`, direct ? "Message Frontdesk" : `Message #${channel.name}`);
    main.composer.form.hidden = isOutside || atHome;
    main.list.hidden = atHome;
    this.showJoin(isOutside ? channel : null);
    const roots = space.roots(channel);
    byId("channel-empty").hidden = atHome ? !!space.state.home : roots.length > 0;
    byId("channel-empty").textContent = atHome ? "Frontdesk has put nothing here yet." : direct ? "Nothing said yet. Ask the bot something." : "Quiet so far. When a customer needs a person, a card comes here.";
    this.fill(main, channel, roots, true);
  }

  showJoin(channel) {
    const place = byId("channel-composer");
    place.querySelector(".join")?.remove();
    if (channel) place.append(el("div", { class: "join" }, el("p", {}, `${this.space.name(this.me)} is not in #${channel.name}.`),
      el("button", { type: "button", class: "b-button", onclick: () => this.act("join") }, "Join the channel")));
  }

  showThread() {
    const { channel, room, side, space } = this;
    const root = this.thread && space.said(channel).find((each) => each.ts === this.thread);
    if (!root) this.thread = null;
    byId("thread").hidden = !root;
    byId("slack").classList.toggle("with-thread", !!root);
    if (!root) return;
    byId("thread-about").textContent = room === DIRECT ? "Frontdesk" : `#${channel.name}`;
    side.composer.open(`${this.me}/${channel.id}/${root.ts}`);
    side.composer.form.hidden = !space.isInside(room);
    this.showBroadcast(room === DIRECT ? null : channel);
    this.fill(side, channel, [root, ...space.replies(channel, root.ts)], false);
  }

  showBroadcast(channel) {
    const { form } = this.side.composer;
    const words = channel ? `Also send to #${channel.name}` : "";
    if (form.dataset.broadcast === words) return;
    form.dataset.broadcast = words;
    form.querySelector(".broadcast")?.remove();
    if (channel) form.append(el("label", { class: "broadcast" }, el("input", { type: "checkbox", id: "broadcast" }), words));
  }

  fill(pane, channel, messages, withThreads) {
    const items = withDays(messages, (each) => Number(each.ts)).map((each, index, every) => (each.day ? each : {
      ...each, mine: each.user === this.me && !each.from_bot, together: isTogether(every[index - 1], each),
      thread: withThreads && !isReply(each) ? this.threadOf(channel, each) : null, open: withThreads && each.ts === this.thread,
      reactions: each.reactions.map(({ name, users }) => ({ name, mine: users.includes(this.me), users: users.map((id) => this.space.name(id)) })),
    }));
    showList(pane.list, items, (each) => `${channel?.id}/${each.day ?? each.ts}`, (each) => (each.day ? dayLine(each) : this.view.node(each, pane, withThreads)));
    keepReachable(pane.list);
    pane.scroller.follow();
  }

  threadOf(channel, root) {
    const replies = this.space.replies(channel, root.ts);
    if (!replies.length) return null;
    const counted = replies.filter((each) => !each.ephemeral);
    const who = [...new Set(counted.map((each) => each.author))].slice(0, 4);
    return { count: counted.length, news: this.reading.count(this.space, channel, replies, root.ts), last: replies.at(-1).ts, who };
  }

  /** A message has come: for screen readers, and for whoever would not see a whisper. */
  tell(message) {
    const text = serverHtml(el("div"), message.html).textContent;
    const inRoom = message.channel === this.channel?.id;
    if (inRoom) announce(`${message.author}: ${message.ephemeral ? "only visible to you: " : ""}${text}`);
    const inSight = inRoom && (!isReply(message) || message.thread_ts === this.thread);
    if (message.ephemeral && !inSight) toast(`Only visible to you: ${text}`);
  }
}

const isCommand = (text) => /^\/\w/.test(text);

function isTogether(before, message) {
  const same = before && !before.day && before.user === message.user && before.author === message.author;
  return !!same && !before.deleted && before.ephemeral === message.ephemeral
    && Number(message.ts) - Number(before.ts) < TOGETHER_SECONDS && message.blocks.length + before.blocks.length === 0;
}
