import { locale, texts } from "./i18n";

const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const date = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
const whole = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium" });

export const timeOf = (iso: string) => clock.format(new Date(iso));
export const dateOf = (iso: string) => date.format(new Date(iso));
export const momentOf = (iso: string) => whole.format(new Date(iso));

/** A day as one says it. */
export function dayOf(iso: string, now = new Date()): string {
  const then = new Date(iso);
  if (dayKey(then) === dayKey(now)) return texts.chat.today;
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (dayKey(then) === dayKey(yesterday)) return texts.chat.yesterday;
  const named = then.getFullYear() === now.getFullYear() ? day.format(then) : date.format(then);
  return named.charAt(0).toUpperCase() + named.slice(1);
}

/** Tell days of the reader's own calendar apart. */
export function dayKey(moment: Date): string {
  return `${moment.getFullYear()}-${moment.getMonth()}-${moment.getDate()}`;
}
