/** How the server reads a text that begins with a slash: docs/protocol.md, Commands. */

/** Return the text that the server stores for what was typed, or null if it stores nothing. */
export function storedText(text: string): string | null {
  if (!text.startsWith("/")) return text;
  if (text.startsWith("//")) return text.slice(1);
  const action = /^\/me\s+(.*)$/is.exec(text)?.[1];
  return action === undefined ? null : `*${action.trim()}*`;
}

/** Return the nick that a successful `/nick` command sets, or null for any other text. */
export function newNick(text: string): string | null {
  const nick = /^\/nick\s+(.*)$/is.exec(text)?.[1];
  return nick === undefined ? null : nick.trim().normalize("NFC");
}
