import type { Problem } from "../../lib/index.js";
import type { ErrorTexts } from "./en-errors";
import { sayBy } from "./facts";

/**
 * Return what a problem says, in the language of `errors`. A fault of a field begins with the name of
 * the field, unless it is shown `atField`. An unknown code is said in the words of the server.
 */
export function explainIn(errors: ErrorTexts, problem: Problem, formatTime: (iso: string) => string, atField = false): string {
  const { code, detail, source, retry_after: wait = 0, room = null, until, reason = "" } = problem;
  if (code === "invalid") return faultIn(errors, problem, atField);
  const say = (errors.codes as Record<string, ErrorTexts["codes"]["banned"]>)[code];
  if (typeof say !== "function") return say ?? detail;
  const number = /\d+/.exec(detail)?.[0] ?? "";
  const [, single, double] = /'([^']+)'|"([^"]+)"/.exec(detail) ?? [];
  return say({ source, number, name: single ?? double ?? "", wait, room, until: until ? formatTime(until) : "", reason });
}

function faultIn(errors: ErrorTexts, { detail, source = "" }: Problem, atField: boolean): string {
  const fault = sayBy(errors.faults, detail) ?? (errors.english ? detail : null);
  if (fault === null) return errors.codes.invalid as string;
  if (atField) return fault;
  const [field = ""] = source.split(".");
  const name = errors.fields[field];
  return name ? `${name}: ${fault}` : fault.charAt(0).toUpperCase() + fault.slice(1);
}
