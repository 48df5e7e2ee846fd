import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { addHeadingLinks, parseReport, showPlace } from "./html";
import { texts } from "./i18n";

interface Props {
  html: string;
  /** The id of the element to show. */
  place?: string | null;
  /** Returns the address of an id, which the headings then link to. */
  linkTo?: (id: string) => string;
}

/** A text in Markdown, from HTML that the server has sanitised. */
export function Prose({ html, place, linkTo }: Props) {
  const container = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const text = parseReport(html);
    if (linkTo) addHeadingLinks(text, linkTo, texts.reports.place);
    container.current?.replaceChildren(text);
  }, [html]);
  // Not when the text changes: its reader may have moved on.
  useEffect(() => {
    if (place) showPlace(container.current, place);
  }, [place]);
  return <div class="prose" ref={container} dir="auto" />;
}
