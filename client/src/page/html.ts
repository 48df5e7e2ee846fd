/** Reports as HTML, which the server has sanitised, adapted to the page's Content Security Policy. */

import { parseWebUrl } from "./addresses";

const ALIGNED_CELL = /<(t[dh])((?: [a-z]+="[^"]*")*?) style="text-align: ?(left|center|right);?"/g;

/** Parse a report into a fragment without inline styles and images; links open in a new tab. */
export function parseReport(html: string): DocumentFragment {
  const template = document.createElement("template");
  // A template's content is inert: nothing in it is loaded or run while it is being changed.
  template.innerHTML = html.replace(ALIGNED_CELL, '<$1$2 align="$3"');
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
  // The fragment is the page's route: a link within the report would leave the report.
  if (link.getAttribute("href")?.startsWith("#")) return link.removeAttribute("href");
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
}

function makeScrollable(table: HTMLTableElement): void {
  const frame = document.createElement("div");
  frame.className = "table";
  frame.tabIndex = 0;
  table.replaceWith(frame);
  frame.append(table);
}
