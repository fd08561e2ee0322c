import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import * as schemaLanguage from 'zod/mini';

const gateway = 'http://127.0.0.1:4000';

/** The gateway writes the base address into the page when it serves it; in development this plug-in does. */
function developmentBase(): Plugin {
  return {
    name: 'development-base',
    apply: 'serve',
    transformIndexHtml: (html) => html.replace('<!-- base -->', '<base href="/ui/">'),
  };
}

/**
 * The console reads method, path and types of the gateway's declarations, never their schemas: what it sends is
 * checked by the gateway, and what it gets has passed the gateway's own check. So the schema library, 12 kB of the
 * first load, is replaced by one value that answers to every name and does nothing.
 */
function leaveOutSchemas(): Plugin {
  const id = '\0no-schemas';
  return {
    name: 'leave-out-schemas',
    enforce: 'pre',
    resolveId: (source) => (source === 'zod/mini' ? id : null),
    load: (wanted) => {
      if (wanted !== id) return null;
      const names = Object.keys(schemaLanguage).map((name) => `nothing as ${name}`);
      return [
        'const nothing = new Proxy(() => nothing, { get: (_, name) => (name === "shape" ? {} : nothing) });',
        `export { ${names.join(', ')} };`,
      ].join('\n');
    },
  };
}

export default defineConfig(({ command }) => ({
  // Relative, so that one build works behind any SERVER_ROOT_PATH.
  base: command === 'serve' ? '/ui/' : './',
  plugins: [leaveOutSchemas(), react(), tailwindcss(), developmentBase()],
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
