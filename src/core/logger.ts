/**
 * What the library logs to. `console` and a pino logger both satisfy it. The first argument is structured data, the
 * second the message. Nothing is logged unless a logger is given.
 */
export interface Logger {
  debug(data: object, message?: string): void;
  info(data: object, message?: string): void;
  warn(data: object, message?: string): void;
  error(data: object, message?: string): void;
}

const ignore = (): void => {};

/** The default: drops everything. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** A logger that adds `bindings` (a layer, a chat) to the data of every line. */
export function bindLogger(logger: Logger, bindings: object): Logger {
  if (logger === silentLogger) return logger;
  return {
    debug: (data, message) => logger.debug({ ...bindings, ...data }, message),
    info: (data, message) => logger.info({ ...bindings, ...data }, message),
    warn: (data, message) => logger.warn({ ...bindings, ...data }, message),
    error: (data, message) => logger.error({ ...bindings, ...data }, message),
  };
}
