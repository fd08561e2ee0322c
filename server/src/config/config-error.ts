/** The gateway was set up in a way that it cannot start with. The message says where, what is wrong, and what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
