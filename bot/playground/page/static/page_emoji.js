// Slack writes emoji as names; these few are the ones a support desk uses.
const EMOJI = {
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", eyes: "👀", white_check_mark: "✅", heavy_check_mark: "✔️",
  heart: "❤️", raised_hands: "🙌", pray: "🙏", tada: "🎉", smile: "😄", slightly_smiling_face: "🙂", wave: "👋",
  incoming_envelope: "📨", envelope: "✉️", outbox_tray: "📤", warning: "⚠️", x: "❌", no_entry: "⛔", lock: "🔒",
  hourglass_flowing_sand: "⏳", bell: "🔔", speech_balloon: "💬", star: "⭐", question: "❓", memo: "📝", fire: "🔥",
};

export const OFFERED = ["eyes", "white_check_mark", "+1", "heart", "raised_hands", "pray", "tada", "question"];

export const emoji = (name) => EMOJI[name] ?? `:${name}:`;

/** Put the signs for the names in the node's text, code left as it is. */
export function withEmoji(node) {
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    if (!text.data.includes(":") || text.parentElement.closest("code, pre")) continue;
    text.data = text.data.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
  }
  return node;
}
