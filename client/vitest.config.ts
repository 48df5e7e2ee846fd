import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/lib/**/*.test.ts"],
    globalSetup: "tests/lib/support/fork-server.ts",
    // Where nothing is found something is wrong, so the run fails.
    passWithNoTests: false,
    allowOnly: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
