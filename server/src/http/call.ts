import type { Access, Principal } from '../access/principal.ts';
import type { ChangeContext } from '../audit/change.ts';
import type { Endpoint } from './endpoint.contract.ts';

/** Everything a verb may know about the call it serves, besides its input. */
export interface Call {
  readonly principal: Principal;
  /** The principal with the reach of the endpoint's permission; what stores take. */
  readonly access: Access;
  /** For `changes.change`. */
  readonly context: ChangeContext;
  readonly requestId: string;
  readonly ip: string;
  readonly userAgent: string;
  /** Scheme and host the caller used, without a trailing slash; `PROXY_BASE_URL` when that is set. Includes the root path. */
  readonly baseUrl: string;
  /** The value that must come back as `x-csrf-token`; null without a session. */
  readonly csrfToken: string | null;
  /** The bearer credential as sent, for endpoints that check their own (accepting an invitation). */
  readonly bearer: string | null;
  /** Names of the fields that the caller sent, so that a patch can tell `null` from absent. */
  readonly sentFields: ReadonlySet<string>;
  setSessionCookie(token: string, maxAgeSeconds: number): void;
  clearSessionCookie(): void;
  /** True for a browser that opens an address: its person is to see a page, not JSON. */
  readonly wantsPage: boolean;
  /** What the browser holds under this name, or null. */
  cookie(name: string): string | null;
  /** Gives the browser a cookie that no script reads and that other sites' requests do not carry, for the whole host. */
  setCookie(name: string, value: string, maxAgeSeconds: number): void;
  /** Answers with a page of HTML in place of a JSON body. The page may hold styles of its own, and no script. */
  sendPage(html: string): void;
  /** Answers with a 303 to the address in place of a body. */
  redirect(url: string): void;
  /** Answers with a file in place of a JSON body, as fast as the caller reads it. */
  sendFile(file: FileAnswer): void;
}

/** A file that is written while it is sent. */
export interface FileAnswer {
  /** What browsers save it as: letters, digits, dots and dashes. */
  readonly name: string;
  readonly contentType: string;
  readonly chunks: AsyncIterable<string>;
}

/** A declaration with the verb behind it. */
export interface Route {
  readonly endpoint: Endpoint<unknown, unknown>;
  readonly serve: (call: Call, input: unknown) => Promise<unknown>;
}

/** Puts a verb behind a declaration. The result must be what the declaration promises. */
export function implement<Input, Result>(
  endpoint: Endpoint<Input, Result>,
  serve: (call: Call, input: Input) => Promise<Result>,
): Route {
  // The mount validates against this very endpoint before it calls, so the input has the declared type.
  return { endpoint, serve: serve as Route['serve'] };
}
