import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `npm run dev` in this folder shows changes at once, with the api of `npm start` behind it.
export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    target: "es2024",
    // Nothing is put into pages as a data URL: the content security policy stays short.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": "http://127.0.0.1:7400", "/storage": "http://127.0.0.1:7400" } },
});
