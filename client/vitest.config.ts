import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    globalSetup: "tests/lib/support/fork-server.ts",
    // To load the modules for each file anew takes as long as half of the tests.
    isolate: false,
    // Finding no tests is an error.
    passWithNoTests: false,
    allowOnly: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
