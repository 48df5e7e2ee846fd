import type { ComponentChildren } from "preact";
import { findAddresses } from "./addresses";

/** Plain text with its web addresses as links. */
export function LinkedText({ text }: { text: string }) {
  const parts: ComponentChildren[] = [];
  let end = 0;
  for (const address of findAddresses(text)) {
    parts.push(text.slice(end, address.start), <ExternalLink url={address.url}>{address.text}</ExternalLink>);
    end = address.start + address.text.length;
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
