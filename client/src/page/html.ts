/** Reports as HTML, which the server has sanitised, adapted to the page's Content Security Policy. */

import { parseWebUrl } from "./addresses";

/** Parse a report into a fragment without images; links to elsewhere open in a new tab. */
export function parseReport(html: string): DocumentFragment {
  const template = document.createElement("template");
  // A template's content is inert: nothing in it is loaded or run while it is being changed.
  template.innerHTML = html;
  for (const image of template.content.querySelectorAll("img")) image.replaceWith(imageLink(image));
  for (const link of template.content.querySelectorAll("a")) openInNewTab(link);
  for (const box of template.content.querySelectorAll("input")) box.ariaLabel = box.closest("li")?.textContent ?? "";
  for (const code of template.content.querySelectorAll("pre")) code.tabIndex = 0;
  for (const table of template.content.querySelectorAll("table")) makeScrollable(table);
  return template.content;
}

/** Create a link in place of an image. Loading the image would disclose the reader to its host. */
function imageLink(image: HTMLImageElement): Node {
  const source = image.getAttribute("src") ?? "";
  const name = image.alt || source;
  const url = parseWebUrl(source);
  if (!url || image.closest("a")) return document.createTextNode(name);
  const link = document.createElement("a");
  link.href = url;
  link.textContent = `🖼 ${name}`;
  return link;
}

function openInNewTab(link: HTMLAnchorElement): void {
  const href = link.getAttribute("href");
  // The fragment is the page's route: followed by the browser, a link to a footnote would leave the report.
  if (href?.startsWith("#")) return link.addEventListener("click", (event) => scrollToPlace(event, link, href.slice(1)));
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
}

function scrollToPlace(event: MouseEvent, link: HTMLElement, place: string): void {
  event.preventDefault();
  showPlace(link.closest<HTMLElement>(".prose"), place);
}

/** Focus the element with this id, and scroll to it, if the text has one. */
export function showPlace(text: HTMLElement | null, place: string): void {
  const places = text?.querySelectorAll<HTMLElement>("[id]") ?? [];
  // As in the HTML standard ("scroll to the fragment"), it is compared as it is written, and decoded.
  const target = [...places].find(({ id }) => id === place || encodeURI(id) === place);
  if (!target) return;
  target.tabIndex = -1;
  target.focus();
  target.scrollIntoView();
}

function makeScrollable(table: HTMLTableElement): void {
  const frame = document.createElement("div");
  frame.className = "table";
  frame.tabIndex = 0;
  table.replaceWith(frame);
  frame.append(table);
}

/** Add a link to each heading, by which it can be shared: `linkTo` returns the address of an id. */
export function addHeadingLinks(text: DocumentFragment, linkTo: (id: string) => string, label: string): void {
  for (const heading of text.querySelectorAll<HTMLElement>(":is(h1, h2, h3, h4, h5, h6)[id]")) {
    const link = document.createElement("a");
    link.className = "place";
    link.href = linkTo(heading.id);
    link.ariaLabel = label;
    link.textContent = "#";
    heading.append(" ", link);
  }
}
