// What the Slack stand-in told, and how one person sees it. Reads only.
export const DIRECT = "direct"; // the room of one's own messages with the bot

export const isReply = (message) => message.thread_ts !== "" && message.thread_ts !== message.ts;

export class Workspace {
  constructor(state, me) {
    this.state = state;
    this.me = me;
  }

  get people() { return this.state.users.filter((user) => user.id !== this.state.bot); }

  get rooms() { return this.state.channels.filter((each) => each.kind !== "im"); }

  /** A channel by its id, or one's direct messages; undefined while nothing was said there. */
  channel(room) {
    const { channels } = this.state;
    if (room === DIRECT) return channels.find((each) => each.kind === "im" && each.members.includes(this.me));
    return channels.find((each) => each.id === room);
  }

  isInside(room) { return room === DIRECT || !!this.channel(room)?.members.includes(this.me); }

  name(id) { return this.state.users.find((user) => user.id === id)?.name ?? "somebody"; }

  members(channel) { return channel.members.filter((id) => id !== this.state.bot).map((id) => this.name(id)); }

  /** Who one can be, by what they are to the desk. */
  groups(desk) {
    const inside = new Set(this.channel(desk)?.members);
    const groups = { "On the desk": [], "Outsiders on the desk": [], Customers: [] };
    for (const { id, name, is_guest: isGuest } of this.people) {
      const group = !inside.has(id) ? "Customers" : isGuest ? "Outsiders on the desk" : "On the desk";
      groups[group].push({ id, name: isGuest ? `${name} (guest)` : name });
    }
    return groups;
  }

  /** What the person sees of a channel, whispers included, oldest first. */
  said(channel) {
    const whispers = this.state.ephemerals.filter((each) => each.channel === channel?.id);
    return [...(channel?.messages ?? []), ...whispers].sort((one, other) => Number(one.ts) - Number(other.ts));
  }

  roots(channel) { return this.said(channel).filter((each) => !isReply(each) || each.broadcast); }

  replies(channel, ts) { return this.said(channel).filter((each) => isReply(each) && each.thread_ts === ts); }
}

/** Where a link into this workspace leads: {channel, ts, thread}; null for any other link. */
export function permalink(url) {
  const [, channel, seconds, rest] = /^https:\/\/[\w-]+\.slack\.com\/archives\/(\w+)\/p(\d{10})(\d{6})/.exec(url) ?? [];
  if (!channel) return null;
  const ts = `${seconds}.${rest}`;
  return { channel, ts, thread: new URL(url).searchParams.get("thread_ts") ?? ts };
}

/** How far each room and thread was read by each person. What was there at the start counts as read. */
export class Reading {
  constructor() {
    this.read = new Map();
    this.start = null;
    this.told = null;
  }

  /** The messages of others that have come since the last time this was asked. */
  fresh({ state, me }) {
    const every = [...state.channels.flatMap((each) => each.messages), ...state.ephemerals];
    const latest = latestOf(every);
    const news = this.told === null ? [] : every.filter((each) => Number(each.ts) > this.told && each.user !== me);
    this.start ??= latest;
    this.told = latest;
    return news;
  }

  /** How many of these, all of one room or thread, the person has not seen. */
  count({ me }, channel, messages, root = "") {
    const until = Math.max(this.start ?? Infinity, this.read.get(`${me}/${channel?.id}/${root}`) ?? 0);
    return messages.filter((each) => each.user !== me && Number(each.ts) > until).length;
  }

  mark({ me }, channel, messages, root = "") { this.read.set(`${me}/${channel?.id}/${root}`, latestOf(messages)); }

  /** Everything unseen in a room: the room itself and its threads. */
  countAll(space, room) {
    const channel = space.channel(room);
    const roots = space.roots(channel);
    return roots.reduce((sum, root) => sum + this.count(space, channel, space.replies(channel, root.ts), root.ts), this.count(space, channel, roots));
  }
}

const latestOf = (messages) => Math.max(0, ...messages.map((each) => Number(each.ts)));
