import { mergeConfig } from "vite";
import base from "./vite.config";

// The gallery is a page for tests: built apart, never into what is shipped.
const config = mergeConfig(base, {
  build: { outDir: "../build/cache/gallery", emptyOutDir: true, copyPublicDir: false },
});
config.build.rolldownOptions = { input: { gallery: "gallery.html" } };
export default config;
