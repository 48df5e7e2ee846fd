import type { RefObject } from "preact";

/**
 * One stop of the Tab key for all messages: the arrows go from one to the next, Tab to what can be
 * done with it. A hundred stops would stand between the keyboard and the field.
 */
export function useListKeys(list: RefObject<HTMLElement | null>, setActive: (id: number) => void) {
  const focus = (row: Element | null | undefined) => {
    if (!(row instanceof HTMLElement)) return;
    setActive(Number(row.dataset["id"]));
    row.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = event.target instanceof HTMLElement ? event.target : null;
    // Only where the row itself has the focus: a field in it has arrows of its own.
    if (!row?.matches("[data-id]")) return;
    const rows = [...(list.current?.querySelectorAll("[data-id]") ?? [])];
    const place = rows.indexOf(row);
    const steps: Record<string, Element | undefined> = {
      ArrowUp: rows[place - 1],
      ArrowDown: rows[place + 1],
      Home: rows[0],
      End: rows[rows.length - 1],
    };
    if (!(event.key in steps)) return;
    event.preventDefault();
    focus(steps[event.key]);
  };
  return { onKeyDown };
}
