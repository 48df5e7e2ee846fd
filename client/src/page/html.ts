/** Reports come as HTML that the server has sanitised; what the page's own policy refuses is said another way. */

import { webAddress } from "./links";

const ALIGNED = /<(t[dh])((?: [a-z]+="[^"]*")*?) style="text-align: ?(left|center|right);?"/g;

/** Make what may be put into the page: no inline style, no picture of another host, links that open beside. */
export function contentOf(html: string): DocumentFragment {
  const template = document.createElement("template");
  // A template's content is inert: nothing in it is loaded or run while it is changed here.
  template.innerHTML = html.replace(ALIGNED, '<$1$2 align="$3"');
  for (const image of template.content.querySelectorAll("img")) image.replaceWith(linkTo(image));
  for (const link of template.content.querySelectorAll("a")) open(link);
  for (const box of template.content.querySelectorAll("input")) box.ariaLabel = box.closest("li")?.textContent ?? "";
  for (const code of template.content.querySelectorAll("pre")) code.tabIndex = 0;
  for (const table of template.content.querySelectorAll("table")) scrollable(table);
  return template.content;
}

/** A picture would tell its host who reads: it is shown when one asks for it. */
function linkTo(image: HTMLImageElement): Node {
  const source = image.getAttribute("src") ?? "";
  const name = image.alt || source;
  const url = webAddress(source);
  if (!url || image.closest("a")) return document.createTextNode(name);
  const link = document.createElement("a");
  link.href = url;
  link.textContent = `🖼 ${name}`;
  return link;
}

function open(link: HTMLAnchorElement): void {
  if (link.getAttribute("href")?.startsWith("#")) return link.removeAttribute("href");
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
}

function scrollable(table: HTMLTableElement): void {
  const frame = document.createElement("div");
  frame.className = "table";
  frame.tabIndex = 0;
  table.replaceWith(frame);
  frame.append(table);
}
