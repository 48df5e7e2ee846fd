import { en } from "./en";
import { sv } from "./sv";

/** Swedish where the browser asks for it, else English. */
export const language = navigator.language.toLowerCase().startsWith("sv") ? "sv" : "en";

/** How its readers write dates: those of an English-speaking country, or English for everybody else. */
export const locale = navigator.language.toLowerCase().startsWith(language) ? navigator.language : language;

export const texts = language === "sv" ? sv : en;

document.documentElement.lang = language;
