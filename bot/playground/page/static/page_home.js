// The app's home: what Frontdesk shows one person, beside their messages with it.
import { renderBlocks } from "./page_blocks.js";
import { attempt, byId, remember, remembered, showList, toast } from "./page_dom.js";
import { DIRECT } from "./page_workspace.js";

const TABS = ["home", "messages"];

export class Home {
  constructor(slack) {
    this.slack = slack;
    this.tab = remembered("app-tab") ?? "messages";
    this.visitor = ""; // who has been told of as looking at it
    for (const tab of TABS) byId(`app-${tab}`).addEventListener("click", () => this.choose(tab));
    byId("app-tabs").addEventListener("keydown", ({ key }) => {
      if (key !== "ArrowLeft" && key !== "ArrowRight") return;
      this.choose(TABS.find((tab) => tab !== this.tab));
      byId(`app-${this.tab}`).focus();
    });
  }

  choose(tab) {
    this.tab = tab;
    remember("app-tab", tab);
    this.visitor = "";
    this.slack.show();
  }

  /** Show what belongs to this room; true when the home is in sight instead of messages. */
  show({ me, room, space }) {
    const { has_home: exists, home } = space.state;
    const offered = room === DIRECT && exists;
    const open = offered && this.tab === "home";
    byId("app-tabs").hidden = !offered;
    for (const tab of TABS) {
      byId(`app-${tab}`).ariaSelected = String(tab === this.tab);
      byId(`app-${tab}`).tabIndex = tab === this.tab ? 0 : -1;
    }
    byId("home").hidden = !open;
    if (open && this.visitor !== me) attempt("play/slack/home", { user: me, tab: "home" });
    this.visitor = open ? me : "";
    showList(byId("home"), open && home ? home.blocks : [], (block) => `${home.id}/${block.block_id}`,
      (block) => renderBlocks([block], (...press) => this.press(home, ...press))[0]);
    return open;
  }

  async press(home, element, option, block) {
    const done = await attempt("play/slack/click", { user: this.slack.me, view: home.id, action: element.action_id, block: block.block_id, option });
    if (done && !done.acked) toast("Frontdesk did not answer in time.", "bad");
  }
}
