/** What the texts of errors may mention. */
export interface Facts {
  /** The name of the field at fault, as the API calls it. */
  source?: string | undefined;
  /** The first number of the server's text, such as a limit. */
  number: string;
  /** The first name in quotes of the server's text, such as a nick. */
  name: string;
  /** How many seconds to wait; 0 if that is not known. */
  wait: number;
  /** Of a ban: the room, or null for the whole site. */
  room: string | null;
  /** Of a ban: the time when it ends; empty if that is not known. */
  until: string;
  /** Of a ban: why; may be empty. */
  reason: string;
}

/** A text of the server, as a pattern, and how it is said; called with what the groups have matched. */
export type Rule = readonly [pattern: RegExp, say: (...found: string[]) => string];

/** Say a text by the first rule whose pattern matches it; null if there is none. */
export function sayBy(rules: readonly Rule[], text: string): string | null {
  for (const [pattern, say] of rules) {
    const match = pattern.exec(text);
    // A group that is not part of the match is undefined.
    if (match) return say(...match.slice(1).map((found: string | undefined) => found ?? ""));
  }
  return null;
}
