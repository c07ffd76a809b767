// The playground: a customer's telephone on the left, the agents' workspace on the right.
import { NoAnswer, ask, byId, remember, remembered } from "./page_dom.js";
import { Clock, offerFaults, offerHint } from "./page_panels.js";
import { Slack } from "./page_slack.js";
import { Telegram } from "./page_telegram.js";
import { Why } from "./page_why.js";

const RETRY_MS = 1000;
const NARROW = matchMedia("(max-width: 979px)");
const PANES = ["telegram", "slack", "why"];

const stage = await ask("play/stage");
const clock = new Clock();
const why = new Why();
const telegram = new Telegram((count) => badge("telegram", count));
const slack = new Slack(stage.desk, (count) => badge("slack", count));

clock.set(stage.now);
offerFaults(stage.faults);
offerHint(async (text) => { show("telegram"); await telegram.act("say", { text }); });
setUpTabs();
follow();

// --- following what happens ----------------------------------------------------------------------

/** One request waits at the server for whatever changes next; only what has changed is read. */
async function follow() {
  let known = { telegram: -1, slack: -1 };
  for (;;) {
    try {
      const next = await ask(`play/changes?telegram=${known.telegram}&slack=${known.slack}`);
      await Promise.all([
        next.telegram !== known.telegram && telegram.refresh(),
        next.slack !== known.slack && slack.refresh(),
      ]);
      if (next.telegram !== known.telegram || next.slack !== known.slack) why.changed();
      clock.set(next.now);
      known = next;
      byId("offline").hidden = true;
      document.body.dataset.ready = "yes";
    } catch (error) {
      if (error instanceof NoAnswer) byId("offline").hidden = false;
      else reportError(error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

// --- tabs, on a narrow screen --------------------------------------------------------------------

function setUpTabs() {
  const tabs = byId("tabs");
  for (const pane of PANES) byId(`tab-${pane}`).addEventListener("click", () => show(pane));
  tabs.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = PANES.findIndex((pane) => event.target.id === `tab-${pane}`);
    if (!step || at < 0) return;
    const next = PANES[(at + step + PANES.length) % PANES.length];
    show(next);
    byId(`tab-${next}`).focus();
  });
  NARROW.addEventListener("change", arrange);
  show(remembered("pane") ?? "telegram");
}

function show(pane) {
  document.body.dataset.pane = pane;
  remember("pane", pane);
  arrange();
}

/** Narrow: one pane at a time, chosen by tabs. Wide: all of them, and no tabs. */
function arrange() {
  const chosen = document.body.dataset.pane;
  byId("tabs").role = NARROW.matches ? "tablist" : null;
  for (const pane of PANES) {
    const [tab, panel] = [byId(`tab-${pane}`), byId(pane)];
    tab.role = "tab";
    tab.ariaSelected = String(pane === chosen);
    tab.tabIndex = pane === chosen ? 0 : -1;
    panel.role = NARROW.matches ? "tabpanel" : "region";
  }
  byId("why-toggle").disabled = NARROW.matches; // the reasons are in sight anyway
  telegram.hidden = NARROW.matches && chosen !== "telegram";
  slack.hidden = NARROW.matches && chosen !== "slack";
  telegram.show();
  slack.show();
}

function badge(pane, count) {
  const tab = byId(`tab-${pane}`);
  tab.dataset.count = count || "";
  tab.ariaDescription = count ? `${count} unread` : null;
}
