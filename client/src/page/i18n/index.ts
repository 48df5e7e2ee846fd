import { en } from "./en";
import { sv } from "./sv";

/** Swedish if that is the browser's preferred language, else English. */
const language = navigator.language.toLowerCase().startsWith("sv") ? "sv" : "en";

/** The locale of dates: the browser's own if it belongs to the language, as en-GB does, else the language. */
export const locale = navigator.language.toLowerCase().startsWith(language) ? navigator.language : language;

export const texts = language === "sv" ? sv : en;

document.documentElement.lang = language;
