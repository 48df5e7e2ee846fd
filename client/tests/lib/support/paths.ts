import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../../../..");
/** The interpreter that pytest runs on: the environment may be elsewhere (`make test VENV=…`). */
export const PYTHON = process.env["PYTHON"] ?? join(ROOT, ".venv/bin/python");
