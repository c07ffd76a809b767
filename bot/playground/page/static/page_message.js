// One Slack message: who, what, its files, reactions and thread, and what one can do with it.
import { mrkdwn, renderBlocks, speak } from "./page_blocks.js";
import { avatar, byId, el, icon, momentOf, timeOf } from "./page_dom.js";
import { OFFERED, emoji } from "./page_emoji.js";
import { confirmed } from "./page_sheets.js";

export class MessageView {
  constructor(slack) {
    this.slack = slack;
    this.picker = byId("reactions");
    this.picker.append(...OFFERED.map((name) => el("button", {
      type: "button", "aria-label": name.replaceAll("_", " "),
      onclick: () => { this.picker.hidePopover(); this.react(this.picking, name, false); },
    }, emoji(name))));
    this.menu = byId("message-menu");
  }

  /** A list item; `pane` is where it stands, `inChannel` false inside a thread. */
  node(message, pane, inChannel) {
    const { author, deleted, ephemeral, together, from_bot: fromBot } = message;
    const look = ["message", together && "together", ephemeral && "whisper", message.open && "open"].filter(Boolean).join(" ");
    return el("li", { class: look, tabindex: -1 },
      el("div", { class: "gutter" }, together ? el("time", { class: "aside" }, timeOf(Number(message.ts)))
        : fromBot ? el("span", { class: "avatar bot", "aria-hidden": "true" }, icon("bot")) : avatar(author || "?", author)),
      el("div", { class: "message-main" },
        ephemeral ? el("p", { class: "only-you" }, icon("eye"), "Only visible to you") : null,
        el("p", { class: together ? "sr-only" : "by" }, el("strong", {}, author), fromBot ? el("span", { class: "app" }, "APP") : null,
          el("time", {}, timeOf(Number(message.ts)))),
        deleted ? el("p", { class: "gone" }, "This message was deleted.") : this.body(message),
        this.files(message), this.reactions(message), message.thread ? this.threadLine(message) : null),
      deleted || ephemeral ? null : this.tools(message, pane, inChannel));
  }

  /** The text as it was typed, for changing it. */
  plain({ text }) {
    const typed = text.replace(/<(https?:[^<>|]+)(\|[^<>]*)?>/g, "$1");
    return typed.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  }

  body(message) {
    const { blocks, html, edited } = message;
    const act = (...press) => this.slack.click(message, ...press);
    const mark = edited && !message.from_bot ? el("span", { class: "edited" }, " (edited)") : null;
    const text = html && !speak(blocks) ? mrkdwn(html, "div", { class: "text" }) : null;
    if (text && mark) text.append(mark);
    return el("div", { class: "body" }, text, ...renderBlocks(blocks, act));
  }

  files({ files }) {
    return files.length ? el("div", { class: "files" }, files.map(({ name, size, url, is_picture: isPicture }) =>
      el("a", { href: url, download: name }, isPicture ? el("img", { src: url, alt: "" }) : icon("file"), name, el("small", {}, ` ${Math.max(1, Math.round(size / 1024))} kB`)))) : null;
  }

  reactions(message) {
    return message.reactions.length ? el("div", { class: "chips" }, message.reactions.map(({ name, users, mine }) =>
      el("button", { type: "button", class: "reaction", "aria-pressed": String(mine), "data-mark": `reaction ${name}`, title: `${users.join(", ")}: ${name}`,
        "aria-label": `${name.replaceAll("_", " ")}, ${users.length}`, onclick: () => this.react(message, name, mine) }, emoji(name), ` ${users.length}`))) : null;
  }

  react(message, name, mine) {
    return this.slack.act(mine ? "unreact" : "react", { channel: message.channel, ts: message.ts, name });
  }

  threadLine(message) {
    const { count, news, last, who } = message.thread;
    const words = count === 1 ? "1 reply" : `${count} replies`;
    return el("button", { type: "button", class: "thread-line", "data-mark": "thread", onclick: () => this.slack.openThread(message.ts) },
      who.map((name) => avatar(name, name)), el("span", { class: "thread-count" }, words),
      news ? el("span", { class: "badge" }, `${news} new`) : el("span", { class: "thread-last" }, `last ${momentOf(Number(last) * 1000)}`));
  }

  tools(message, pane, inChannel) {
    const tool = (name, label, onclick) => el("button", { type: "button", "aria-label": label, title: label, "data-mark": name, onclick }, icon(name));
    const { mine, ts, text } = message;
    return el("div", { class: "message-tools", role: "group", "aria-label": "Message actions" },
      tool("smile", "React", ({ currentTarget }) => this.pick(message, currentTarget)),
      inChannel && !message.broadcast ? tool("thread", "Reply in thread", () => this.slack.openThread(ts)) : null,
      mine && text ? tool("edit", "Edit message", () => pane.composer.change({ id: ts, text: this.plain(message) })) : null,
      mine ? tool("trash", "Delete message", () => this.remove(message)) : null,
      this.slack.shortcuts.length ? tool("more", "More message actions", ({ currentTarget }) => this.openMenu(message, currentTarget)) : null);
  }

  pick(message, button) {
    this.picking = message;
    this.openAbove(this.picker, button);
  }

  openMenu(message, button) {
    this.menu.replaceChildren(...this.slack.shortcuts.map((name) => el("button", {
      type: "button", onclick: () => { this.menu.hidePopover(); this.slack.useShortcut(message, name); },
    }, icon("bolt"), name)));
    this.openAbove(this.menu, button);
  }

  openAbove(popover, button) {
    popover.showPopover({ source: button });
    const { top, right } = button.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = popover;
    popover.style.left = `${Math.max(8, Math.min(right - offsetWidth, innerWidth - offsetWidth - 8))}px`;
    popover.style.top = `${Math.max(8, top - offsetHeight - 4)}px`;
    popover.querySelector("button").focus();
  }

  async remove(message) {
    const sure = await confirmed({ title: "Delete message", text: "This cannot be undone.", confirm: "Delete", deny: "Cancel" });
    if (sure) this.slack.act("delete", { channel: message.channel, ts: message.ts });
  }
}
