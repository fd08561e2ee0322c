import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const gateway = 'http://127.0.0.1:4000';

/** The gateway writes the base address into the page when it serves it; in development this plug-in does. */
function developmentBase(): Plugin {
  return {
    name: 'development-base',
    apply: 'serve',
    transformIndexHtml: (html) => html.replace('<!-- base -->', '<base href="/ui/">'),
  };
}

export default defineConfig(({ command }) => ({
  // Relative, so that one build works behind any SERVER_ROOT_PATH.
  base: command === 'serve' ? '/ui/' : './',
  plugins: [react(), tailwindcss(), developmentBase()],
  build: {
    outDir: 'dist',
    // The content security policy allows no data: addresses.
    assetsInlineLimit: 0,
  },
  server: {
    // `/ui/session` is the one path below /ui that is answered by the gateway.
    proxy: { '^/(?!ui(/|$))': gateway, '^/ui/session': gateway },
  },
}));
