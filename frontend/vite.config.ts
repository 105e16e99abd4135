import react from "@vitejs/plugin-react";
import preset from "postcss-preset-mantine";
import { defineConfig } from "vitest/config";

// Two pages from one build: the administrator's window and the portal. Paths
// are relative, so that the page works at any root and inside the window.
export default defineConfig({
  base: "./",
  plugins: [react()],
  resolve: { alias: { "@": "/src" } },
  css: { postcss: { plugins: [preset()] } },
  build: {
    // What the page serves is a fresh nonce away from the file: nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rolldownOptions: { input: { admin: "index.html", portal: "portal.html" } },
  },
  server: {
    // `npm run dev` beside a running service: HEADWATER_ADMIN names another one.
    proxy: Object.fromEntries(
      ["/ws", "/api"].map((path) => [
        path,
        { target: `http://${process.env.HEADWATER_ADMIN ?? "127.0.0.1:4101"}`, ws: true, changeOrigin: true },
      ]),
    ),
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing.ts"],
    testTimeout: 20_000,
  },
});
