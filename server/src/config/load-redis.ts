import { ConfigError } from './config-error.ts';
import type { ConfigFile } from './config-file-shape.ts';
import type { Settings } from './settings.ts';

/**
 * Where Redis is; null: there is none. `REDIS_URL` goes before `REDIS_HOST` with `REDIS_PORT`, `REDIS_USERNAME`,
 * `REDIS_PASSWORD` and `REDIS_SSL`, and the environment before `router_settings.redis_…`. Source: contract 5.4, 9.7.
 * @throws ConfigError for what is no address of a Redis. Passwords are not repeated.
 */
export function redisSettings(
  environment: Readonly<Record<string, string | undefined>>,
  router: ConfigFile['router_settings'],
): Settings['redis'] {
  const own = environment['REDIS_HOST'] === undefined ? router : null;
  const given = environment['REDIS_URL'] ?? own?.redis_url;
  if (given !== undefined && given !== null) {
    const protocol = URL.parse(given)?.protocol;
    if (protocol === 'redis:' || protocol === 'rediss:') return { url: given };
    throw new ConfigError('REDIS_URL must be an address such as redis://:password@redis.example.com:6379/0.');
  }
  const host = environment['REDIS_HOST'] ?? own?.redis_host;
  if (host === undefined || host === null) return null;
  const port = environment['REDIS_PORT'] ?? String(own?.redis_port ?? 6379);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new ConfigError(`REDIS_PORT is '${port}', but must be a number, such as 6379.`);
  }
  const isSecure = ['true', '1', 'on'].includes(environment['REDIS_SSL']?.toLowerCase() ?? '');
  const user = environment['REDIS_USERNAME'] ?? '';
  const password = environment['REDIS_PASSWORD'] ?? own?.redis_password ?? '';
  const credentials = user + password === '' ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;
  const url = `${isSecure ? 'rediss' : 'redis'}://${credentials}${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (!URL.canParse(url)) throw new ConfigError(`REDIS_HOST is '${host}', but must be a name or an address.`);
  return { url };
}
