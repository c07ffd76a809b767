// The workspace: who one is, the rooms, the desk channel with its cards, a thread beside it.
import { Composer } from "./page_composer.js";
import {
  Scroller, announce, ask, attempt, byId, dayLine, el, icon, keepReachable, remember, remembered,
  serverHtml, showList, toast, walkable, withDays,
} from "./page_dom.js";
import { MessageView } from "./page_message.js";
import { Modal } from "./page_modal.js";
import { openForm } from "./page_sheets.js";

const DIRECT = "direct"; // the room of one's own messages with the bot
const LOCALES = { "en-US": "English", "ru-RU": "Русский", "tr-TR": "Türkçe", "lv-LV": "Latviešu", "pl-PL": "Polski", "de-DE": "Deutsch" };
const TOGETHER_SECONDS = 300; // messages of one person within this are shown as one
const WIDE = matchMedia("(min-width: 1180px)");

const isReply = (message) => message.thread_ts !== "" && message.thread_ts !== message.ts;

export class Slack {
  constructor(desk, onUnread) {
    this.desk = desk;
    this.onUnread = onUnread;
    this.me = remembered("person") ?? "";
    this.room = remembered("room") ?? "";
    this.thread = null; // the ts of the thread's first message
    this.read = new Map();
    this.state = null;
    this.modal = new Modal();
    this.view = new MessageView(this);
    this.main = this.pane("messages", "channel", "Message");
    this.side = this.pane("replies", "thread", "Reply");
    byId("person").addEventListener("change", ({ target }) => this.become(target.value));
    for (const id of ["thread-back", "thread-close"]) byId(id).addEventListener("click", () => this.closeThread());
    byId("thread").addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.defaultPrevented) this.closeThread(); });
  }

  pane(listId, name, label) {
    const list = byId(listId);
    walkable(list);
    const inThread = name === "thread";
    const file = el("input", { type: "file", hidden: true, "aria-label": "File to share", onchange: () => this.upload(file, inThread) });
    const tools = [el("button", { type: "button", class: "quiet", "aria-label": "Share a file", onclick: () => file.click() }, icon("plus")), file];
    const composer = new Composer(byId(`${name}-composer`), {
      label, tools,
      send: (text) => this.write(text, inThread),
      edit: async (ts, text) => !!(await this.act("edit", { ts, text })),
      lastOwn: () => this.lastOwn(inThread),
    });
    return { list, composer, scroller: new Scroller(byId(`${name}-scroller`)) };
  }

  async refresh() {
    const me = this.me;
    const state = await ask(`play/slack/state?user=${encodeURIComponent(me)}`);
    if (me !== this.me) return;
    const people = state.users.filter((user) => user.id !== state.bot);
    this.state = state;
    if (!people.some((user) => user.id === me)) { this.become(people[0]?.id ?? ""); return; }
    if (!this.channel && this.room !== DIRECT) this.room = this.isInside(this.desk) ? this.desk : DIRECT;
    this.show();
  }

  // --- reading the state ---

  get channel() {
    const { channels } = this.state;
    if (this.room === DIRECT) return channels.find((each) => each.kind === "im" && each.members.includes(this.me));
    return channels.find((each) => each.id === this.room);
  }

  get rooms() { return this.state.channels.filter((each) => each.kind !== "im"); }

  isInside(id) { return this.state.channels.some((each) => each.id === id && each.members.includes(this.me)); }

  name(id) { return this.state.users.find((user) => user.id === id)?.name ?? "somebody"; }

  /** What the person sees of a channel, whispers included, oldest first. */
  said(channel) {
    const whispers = this.state.ephemerals.filter((each) => each.channel === channel?.id);
    return [...(channel?.messages ?? []), ...whispers].sort((one, other) => Number(one.ts) - Number(other.ts));
  }

  roots(channel) { return this.said(channel).filter((each) => !isReply(each) || each.broadcast); }

  replies(channel, ts) { return this.said(channel).filter((each) => isReply(each) && each.thread_ts === ts); }

  lastOwn(inThread) {
    const shown = inThread ? this.replies(this.channel, this.thread) : this.roots(this.channel);
    const own = shown.filter((each) => each.user === this.me && !each.deleted && each.text).at(-1);
    return own && { id: own.ts, text: this.view.plain(own) };
  }

  // --- doing ---

  /** Do something as this person, in this room unless said otherwise; undefined if it failed. */
  act(name, body = {}) {
    const channel = this.room === DIRECT ? {} : { channel: this.room };
    return attempt(`play/slack/${name}`, { user: this.me, ...channel, ...body });
  }

  async write(text, inThread) {
    (inThread ? this.side : this.main).scroller.atEnd = true;
    if (text.startsWith("/") && !text.startsWith("//") && !inThread) return this.command(text);
    const broadcast = inThread && byId("broadcast")?.checked;
    const done = await this.act("post", { text, ...(inThread && { thread_ts: this.thread, broadcast }) });
    if (done && broadcast) byId("broadcast").checked = false;
    return !!done;
  }

  async command(text) {
    const [command, ...rest] = text.split(" ");
    const done = await this.act("command", { command, text: rest.join(" ") });
    if (done && !done.acked) toast(`${command} failed: Frontdesk did not answer in time.`, "bad");
    return !!done;
  }

  async click(message, element, option) {
    const done = await this.act("click", { channel: message.channel, ts: message.ts, action: element.action_id, option });
    if (done && !done.acked) toast("Frontdesk did not answer in time.", "bad");
    if (done && WIDE.matches && this.room !== DIRECT && !isReply(message) && !message.ephemeral) this.openThread(message.ts, false);
  }

  async upload(input, inThread) {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    const url = await new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.readAsDataURL(file);
    });
    const place = inThread ? { thread_ts: this.thread } : {};
    await this.act("upload", { name: file.name, base64: url.slice(url.indexOf(",") + 1), ...place });
  }

  async become(id) {
    this.me = id;
    this.thread = null;
    remember("person", id);
    this.room = this.state && this.isInside(this.desk) ? this.desk : DIRECT;
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
    if (!this.state) return;
    this.tellNews();
    this.showPeople();
    this.showRooms();
    this.showChannel();
    this.showThread();
    this.modal.show(this.me, this.state.modals);
    this.markRead();
    this.onUnread([...this.rooms, null].reduce((sum, room) => sum + this.unread(room), 0));
  }

  showPeople() {
    const desk = this.state.channels.find((each) => each.id === this.desk);
    const groups = { "On the desk": [], "Outsiders on the desk": [], Customers: [] };
    for (const user of this.state.users.filter((each) => each.id !== this.state.bot)) {
      const group = !desk?.members.includes(user.id) ? "Customers" : user.is_guest ? "Outsiders on the desk" : "On the desk";
      groups[group].push({ id: user.id, name: user.is_guest ? `${user.name} (guest)` : user.name });
    }
    const signature = JSON.stringify(groups);
    const select = byId("person");
    if (select.dataset.shown !== signature) {
      select.dataset.shown = signature;
      select.replaceChildren(...Object.entries(groups).filter(([, users]) => users.length).map(([label, users]) =>
        el("optgroup", { label }, users.map((user) => el("option", { value: user.id }, user.name)))));
    }
    select.value = this.me;
  }

  showRooms() {
    const direct = { id: DIRECT, name: "Frontdesk", unread: this.unread(null) };
    const rooms = this.rooms.map((each) => ({ id: each.id, name: each.name, unread: this.unread(each) }));
    const items = [{ group: "Channels" }, ...rooms, { group: "Direct messages" }, direct, { id: "new" }];
    const build = (each) => (each.group ? el("p", { class: "room-group" }, each.group) : each.id === "new" ? this.newPerson() : this.roomButton(each));
    showList(byId("rooms"), items.map((each) => ({ ...each, chosen: each.id === this.room })), (each) => each.id ?? each.group, build);
  }

  roomButton({ id, name, chosen, unread }) {
    return el("button", { type: "button", class: `room ${id === DIRECT ? "direct" : ""}`, "aria-current": chosen ? "page" : null, "data-mark": "room", onclick: () => this.enter(id) },
      icon(id === DIRECT ? "bot" : "hash"), el("span", {}, name), unread ? el("span", { class: "badge" }, unread, el("span", { class: "sr-only" }, " unread")) : null);
  }

  newPerson() {
    return el("button", { type: "button", class: "room new", "data-mark": "room", onclick: () => this.addPerson() }, icon("plus"), el("span", {}, "Add a person"));
  }

  showChannel() {
    const { channel, main } = this;
    const direct = this.room === DIRECT;
    byId("channel-name").textContent = direct ? "Frontdesk" : `# ${channel.name}`;
    byId("channel-about").textContent = direct ? `Direct messages: ${this.name(this.me)} as a customer`
      : channel.members.filter((id) => id !== this.state.bot).map((id) => this.name(id).split(" ")[0]).join(", ");
    main.composer.open(`${this.me}/${this.room}`, direct ? "Message Frontdesk" : `Message #${channel.name}`);
    main.composer.form.hidden = !direct && !this.isInside(channel.id);
    this.showJoin(main.composer.form.hidden ? channel : null);
    const roots = this.roots(channel);
    byId("channel-empty").hidden = roots.length > 0;
    byId("channel-empty").textContent = direct ? "Nothing said yet. Ask the bot something." : "Quiet so far. When a customer needs a person, a card comes here.";
    this.fill(main, channel, roots, true);
  }

  showJoin(channel) {
    const place = byId("channel-composer");
    place.querySelector(".join")?.remove();
    if (channel) place.append(el("div", { class: "join" }, el("p", {}, `${this.name(this.me)} is not in #${channel.name}.`),
      el("button", { type: "button", class: "b-button", onclick: () => this.act("join") }, "Join the channel")));
  }

  showThread() {
    const { channel, side } = this;
    const root = this.thread && this.said(channel).find((each) => each.ts === this.thread);
    if (!root) this.thread = null;
    byId("thread").hidden = !root;
    byId("slack").classList.toggle("with-thread", !!root);
    if (!root) return;
    const where = this.room === DIRECT ? "Frontdesk" : `#${channel.name}`;
    byId("thread-about").textContent = where;
    side.composer.open(`${this.me}/${channel.id}/${root.ts}`, "Reply…");
    side.composer.form.hidden = !this.isInside(channel.id);
    this.showBroadcast(this.room === DIRECT ? null : channel);
    this.fill(side, channel, [root, ...this.replies(channel, root.ts)], false);
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
      reactions: each.reactions.map(({ name, users }) => ({ name, mine: users.includes(this.me), users: users.map((id) => this.name(id)) })),
    }));
    showList(pane.list, items, (each) => `${channel?.id}/${each.day ?? each.ts}`, (each) => (each.day ? dayLine(each) : this.view.node(each, pane, withThreads)));
    keepReachable(pane.list);
    pane.scroller.follow();
  }

  threadOf(channel, root) {
    const replies = this.replies(channel, root.ts).filter((each) => !each.ephemeral || each.thread_ts);
    const counted = replies.filter((each) => !each.ephemeral);
    const news = replies.filter((each) => this.isNew(each, this.placeOf(channel, root.ts))).length;
    return replies.length ? { count: counted.length, news, last: replies.at(-1).ts, who: [...new Set(counted.map((each) => each.author))].slice(0, 4) } : null;
  }

  // --- news ---

  placeOf(channel, root = "") { return `${this.me}/${channel?.id}/${root}`; }

  isNew(message, place) {
    const until = Math.max(this.baseline ?? Infinity, this.read.get(place) ?? 0);
    return message.user !== this.me && Number(message.ts) > until;
  }

  /** Messages not seen yet in a room and its threads; `null` stands for one's own with the bot. */
  unread(room) {
    const channel = room ?? this.state.channels.find((each) => each.kind === "im" && each.members.includes(this.me));
    return this.said(channel).filter((each) =>
      this.isNew(each, this.placeOf(channel, isReply(each) ? each.thread_ts : ""))).length;
  }

  markRead() {
    if (this.hidden) return;
    const latest = (messages) => Math.max(0, ...messages.map((each) => Number(each.ts)));
    this.read.set(this.placeOf(this.channel), latest(this.roots(this.channel)));
    if (this.thread) this.read.set(this.placeOf(this.channel, this.thread), latest(this.replies(this.channel, this.thread)));
  }

  tellNews() {
    const every = this.state.channels.flatMap((each) => each.messages).concat(this.state.ephemerals);
    const latest = Math.max(0, ...every.map((each) => Number(each.ts)));
    if (this.told !== undefined) {
      for (const message of every.filter((each) => Number(each.ts) > this.told && each.user !== this.me)) this.tell(message);
    }
    this.baseline ??= latest;
    this.told = latest;
  }

  tell(message) {
    const text = serverHtml(el("div"), message.html).textContent;
    if (message.channel === this.channel?.id) announce(`${message.author}: ${message.ephemeral ? "only visible to you: " : ""}${text}`);
    const unseen = message.channel !== this.channel?.id || (message.thread_ts && message.thread_ts !== this.thread);
    if (message.ephemeral && unseen) toast(`Only visible to you: ${text}`);
  }
}

function isTogether(before, message) {
  const same = before && !before.day && before.user === message.user && before.author === message.author;
  return !!same && !before.deleted && !before.thread && !message.ephemeral === !before.ephemeral
    && Number(message.ts) - Number(before.ts) < TOGETHER_SECONDS && message.blocks.length + before.blocks.length === 0;
}
