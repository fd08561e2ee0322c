import { join } from 'node:path';
import type { LoadedSettings } from './config/load-settings.ts';

/** The text that a started gateway greets with: where it is, how to get in, what to do next. */
export function welcome(started: LoadedSettings & { port: number; hasConsole: boolean; version: string }): string {
  const { settings } = started;
  const host = settings.host === '0.0.0.0' || settings.host === '::' ? 'localhost' : settings.host;
  const base = settings.proxyBaseUrl ?? `http://${host}:${started.port}${settings.serverRootPath}`;
  const keyFile = join(settings.dataDir, 'master-key');
  const lines = [
    `Latchkey ${started.version} is running.`,
    '',
    `  Console    ${base}/ui/${started.hasConsole ? '' : '   (not built: run npm run build)'}`,
    `  Base URL   ${base}/v1`,
    `  Sign in    ${settings.uiUsername} with ${settings.uiPassword === settings.masterKey ? 'the master key as password' : 'UI_PASSWORD'}`,
    `  Database   ${settings.databaseUrl.startsWith('sqlite:') ? settings.databaseUrl.slice('sqlite:'.length) : 'Postgres'}`,
    `  Models     ${settings.demoMode ? 'none configured: serving the built-in "demo" model' : settings.models.map((model) => model.modelName).join(', ')}`,
  ];
  if (started.newMasterKey !== null) {
    lines.push(
      '',
      `  Master key ${started.newMasterKey}`,
      `             Made just now and shown this once. It is kept in ${keyFile} (readable by you only).`,
    );
  }
  lines.push(
    '',
    started.configPath === null
      ? 'Next: sign in to the console, or add models: write a config.yaml beside this folder and start again.'
      : 'Next: sign in to the console and invite your colleagues under Users.',
  );
  return lines.join('\n');
}
