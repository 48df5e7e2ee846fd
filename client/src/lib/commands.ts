/** What the server makes of a text that begins with a slash: docs/protocol.md, Commands. */

/** Give the text that is stored of what was written; null where nothing is. */
export function storedAs(text: string): string | null {
  if (!text.startsWith("/")) return text;
  if (text.startsWith("//")) return text.slice(1);
  const action = /^\/me\s+(.*)$/is.exec(text)?.[1];
  return action === undefined ? null : `*${action.trim()}*`;
}

/** Give the nick that a done command has changed one's own to; null for any other text. */
export function newNick(text: string): string | null {
  const wanted = /^\/nick\s+(.*)$/is.exec(text)?.[1];
  return wanted === undefined ? null : wanted.trim().normalize("NFC");
}
