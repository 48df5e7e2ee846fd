import type { RefObject } from "preact";

/**
 * Arrow key navigation between the messages (ARIA "roving tabindex"): the list is a single Tab stop,
 * and Tab moves on to the actions of the focused message.
 */
export function useListNavigation(list: RefObject<HTMLElement | null>, setActive: (id: number) => void) {
  const focus = (row: Element | null | undefined) => {
    if (!(row instanceof HTMLElement)) return;
    row.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = event.target instanceof HTMLElement ? event.target : null;
    // Only if the row itself has the focus: a text field in it handles the arrow keys itself.
    if (!row?.matches("[data-id]")) return;
    const rows = [...(list.current?.querySelectorAll("[data-id]") ?? [])];
    const index = rows.indexOf(row);
    const targets: Record<string, Element | undefined> = {
      ArrowUp: rows[index - 1],
      ArrowDown: rows[index + 1],
      Home: rows[0],
      End: rows[rows.length - 1],
    };
    if (!(event.key in targets)) return;
    event.preventDefault();
    focus(targets[event.key]);
  };
  const onFocusIn = ({ target }: FocusEvent) => {
    const row = target instanceof Element ? target.closest<HTMLElement>("[data-id]") : null;
    if (row) setActive(Number(row.dataset["id"]));
  };
  return { onKeyDown, onFocusIn };
}
