/** Start the process that forks the servers of all tests: tests/support/fork_server.py. If pytest runs them, it has one. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestProject } from "vitest/node";
import { PYTHON, ROOT } from "./paths.js";

declare module "vitest" {
  interface ProvidedContext {
    /** The path of its Unix socket. */
    forkServer: string;
    /** The path of a database with all tables, of which each server gets a copy. */
    emptyDatabase: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["FORK_SERVER"];
  const { folder, end } = given ? { folder: given, end: async () => {} } : await start();
  project.provide("forkServer", join(folder, "socket"));
  project.provide("emptyDatabase", join(folder, "empty.sqlite"));
  return end;
}

async function start(): Promise<{ folder: string; end: () => Promise<void> }> {
  if (!existsSync(PYTHON)) throw new Error(`${PYTHON} is missing: run make test, which makes it`);
  const folder = await mkdtemp(join(tmpdir(), "me-api-forks-"));
  // It ends when its standard input is closed, which also happens when this process is killed.
  const forks = spawn(PYTHON, ["-m", "tests.support.fork_server", folder], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], PYTHONUNBUFFERED: "1" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(forks, "exit").then(([code]) => {
    throw new Error(`the fork server ended with ${code}`);
  });
  const made = new Promise<void>((resolve) => {
    createInterface(forks.stdout).on("line", (line) => line === "has made a database" && resolve());
  });
  await Promise.race([made, ended]);
  const end = async () => {
    forks.stdin.end();
    await ended.catch(() => {});
    await rm(folder, { recursive: true });
  };
  return { folder, end };
}
