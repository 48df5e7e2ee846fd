import { en } from "./en";
import { sv } from "./sv";

/** Swedish where the browser asks for it, else English. */
export const language = navigator.language.toLowerCase().startsWith("sv") ? "sv" : "en";

export const texts = language === "sv" ? sv : en;

document.documentElement.lang = language;
