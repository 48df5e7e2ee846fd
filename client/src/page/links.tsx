import type { ComponentChildren } from "preact";

const ADDRESS = /https?:\/\/[^\s<>"'`]+/gi;
const TRAILING = /[.,:;!?…]+$/;

/** A text as it was written, with its web addresses as links; everything else is only characters. */
export function Linked({ text }: { text: string }) {
  const parts: ComponentChildren[] = [];
  let end = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = trimmed(found[0]);
    const url = webAddress(address);
    if (!url) continue;
    parts.push(text.slice(end, found.index), <External url={url}>{address}</External>);
    end = found.index + address.length;
  }
  return <>{[...parts, text.slice(end)]}</>;
}

export function External({ url, children }: { url: string; children: ComponentChildren }) {
  return (
    <a href={url} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** Leave out what belongs to the sentence: full stops, and a bracket that was opened before. */
function trimmed(address: string): string {
  const cut = address.replace(TRAILING, "");
  const unopened = cut.endsWith(")") && cut.split(")").length > cut.split("(").length;
  return unopened ? trimmed(cut.slice(0, -1)) : cut;
}

/** The address, normalised; null for what is none, or leads elsewhere than to the web. */
export function webAddress(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
}
