import type { ComponentChildren } from "preact";

const URLS = /https?:\/\/[^\s<>"'`]+/gi;
const TRAILING_PUNCTUATION = /[.,:;!?…]+$/;

/** Plain text with its web addresses as links. */
export function LinkedText({ text }: { text: string }) {
  const parts: ComponentChildren[] = [];
  let end = 0;
  for (const match of text.matchAll(URLS)) {
    const address = trimAddress(match[0]);
    const url = parseWebUrl(address);
    if (!url) continue;
    parts.push(text.slice(end, match.index), <ExternalLink url={url}>{address}</ExternalLink>);
    end = match.index + address.length;
  }
  return <>{[...parts, text.slice(end)]}</>;
}

function ExternalLink({ url, children }: { url: string; children: ComponentChildren }) {
  return (
    <a href={url} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** Remove trailing punctuation that belongs to the sentence, and brackets opened before the address. */
function trimAddress(address: string): string {
  const trimmed = address.replace(TRAILING_PUNCTUATION, "");
  const unopened = trimmed.endsWith(")") && trimmed.split(")").length > trimmed.split("(").length;
  return unopened ? trimAddress(trimmed.slice(0, -1)) : trimmed;
}

/** Return the normalised URL, or null if it is invalid or not HTTP(S). */
export function parseWebUrl(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
}
