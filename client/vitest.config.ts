import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    globalSetup: "tests/lib/support/fork-server.ts",
    // Finding no tests is an error.
    passWithNoTests: false,
    allowOnly: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
