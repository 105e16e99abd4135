import { defineConfig } from "vitest/config";

// The page in a real browser against the real binary; one file after another,
// because each starts a service and a browser of its own.
export default defineConfig({
  test: {
    environment: "node",
    include: ["e2e/**/*.e2e.ts"],
    exclude: process.env.E2E_FULL ? ["**/node_modules/**"] : ["**/node_modules/**", "e2e/full/**"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    retry: 0,
  },
});
