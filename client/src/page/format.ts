import { locale, texts } from "./i18n";

const time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const weekday = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const date = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
const shortTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium" });

export const formatTime = (iso: string) => time.format(new Date(iso));
export const formatDate = (iso: string) => date.format(new Date(iso));
/** In lists, where a time is one fact among others. */
export const formatMoment = (iso: string) => shortTime.format(new Date(iso));
export const formatDateTime = (iso: string) => dateTime.format(new Date(iso));

/** Format a day relative to `now`: "Today", "Yesterday", the weekday within this year, else the date. */
export function formatDay(iso: string, now = new Date()): string {
  const moment = new Date(iso);
  if (dayKey(moment) === dayKey(now)) return texts.chat.today;
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (dayKey(moment) === dayKey(yesterday)) return texts.chat.yesterday;
  const name = moment.getFullYear() === now.getFullYear() ? weekday.format(moment) : date.format(moment);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Return a key that is the same for all moments of one day in the reader's time zone. */
export function dayKey(moment: Date): string {
  return `${moment.getFullYear()}-${moment.getMonth()}-${moment.getDate()}`;
}
