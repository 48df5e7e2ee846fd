import { useLayoutEffect, useRef } from "preact/hooks";
import { parseReport } from "./html";

/** A text in Markdown, from HTML that the server has sanitised. */
export function Prose({ html }: { html: string }) {
  const container = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => container.current?.replaceChildren(parseReport(html)), [html]);
  return <div class="prose" ref={container} dir="auto" />;
}
