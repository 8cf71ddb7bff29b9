/** How the server says what went wrong. */
export interface ErrorDetail {
  code: string;
  message: string;
  details?: Record<string, unknown>;
}

/** What went wrong: `code` is one of the server's, or `CLOSED`, `QUEUE_FULL`. */
export class RollcallError extends Error {
  declare readonly code: string;
  declare readonly details?: Readonly<Record<string, unknown>>;

  constructor({ code, message, details }: ErrorDetail) {
    super(message);
    Object.assign(this, { code, details });
  }
}

/** What was refused so may be taken later. All other errors are final. */
export function isTemporary(code: string): boolean {
  return /^(UNAVAILABLE|RATE_LIMITED|INTERNAL_ERROR)$/.test(code);
}
