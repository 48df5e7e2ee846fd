/** Web addresses in plain text. */

const ADDRESSES = /https?:\/\/[^\s<>"'`]+/gi;
const PUNCTUATION = ".,:;!?…";

export interface Address {
  start: number;
  text: string;
  url: string;
}

/** Return the web addresses of a text, in order. */
export function findAddresses(text: string): Address[] {
  return [...text.matchAll(ADDRESSES)].flatMap((match) => {
    const address = match[0].slice(0, lengthWithoutTrailing(match[0]));
    const url = parseWebUrl(address);
    return url ? [{ start: match.index, text: address, url }] : [];
  });
}

/** Return the length without trailing punctuation of the sentence, and brackets opened before the address. */
function lengthWithoutTrailing(address: string): number {
  // One pass from each end: a message may be nothing but brackets, and is rendered again and again.
  let unopened = 0;
  for (let at = 0; at < address.length; at++) {
    if (address.charAt(at) === ")") unopened++;
    else if (address.charAt(at) === "(") unopened--;
  }
  let length = address.length;
  for (; length > 0; length--) {
    const last = address.charAt(length - 1);
    if (last === ")" && unopened > 0) unopened--;
    else if (!PUNCTUATION.includes(last)) break;
  }
  return length;
}

/** Return the normalised URL, or null if it is invalid or not HTTP(S). */
export function parseWebUrl(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
}
