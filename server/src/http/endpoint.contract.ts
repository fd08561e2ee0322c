import type * as z from 'zod/mini';
import type { Permission } from '../access/permissions.contract.ts';

/** The methods an endpoint can have. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * One endpoint of the control plane, declared once. The server mounts a verb behind it, the console and the
 * tests call it through one typed client, OpenAPI is a loop over the declarations.
 * Carries plain types as parameters, not schema types: three times faster for the compiler.
 */
export interface Endpoint<Input, Result> {
  readonly method: Method;
  /** Path with `{name}` parameters; parameters are merged into the input. */
  readonly path: string;
  /** Other paths of the same endpoint. */
  readonly aliases: readonly string[];
  readonly summary: string;
  /** `public`: no credential. `signed-in`: any valid credential; the verb decides. Else a row of the permission table. */
  readonly permission: Permission | 'public' | 'signed-in';
  /** Where the input travels. `form` accepts JSON too. */
  readonly inputIn: 'body' | 'query' | 'form' | 'none';
  readonly input: z.ZodMiniType<Input> | null;
  readonly result: z.ZodMiniType<Result>;
  /** Which of LiteLLM's two error bodies the endpoint's own refusals have. */
  readonly errorShape: 'error' | 'detail';
  /** Replaces the usual words when a role has no reach at all. */
  readonly refusal: { readonly status: number; readonly message: string } | null;
  /** Texts in the body may be as long as it: prompts that are counted, and not kept. */
  readonly longTexts: boolean;
}

interface Declaration<Result> {
  method: Method;
  path: string;
  aliases?: readonly string[];
  summary: string;
  permission: Permission | 'public' | 'signed-in';
  result: z.ZodMiniType<Result>;
  errorShape?: 'error' | 'detail';
  refusal?: { status: number; message: string };
  longTexts?: boolean;
}

/** Declares an endpoint without input. */
export function defineEndpoint<Result>(declaration: Declaration<Result>): Endpoint<undefined, Result>;
/** Declares an endpoint whose input travels in the JSON body. */
export function defineEndpoint<Input, Result>(
  declaration: Declaration<Result> & { body: z.ZodMiniType<Input> },
): Endpoint<Input, Result>;
/** Declares an endpoint whose input travels in the query string. */
export function defineEndpoint<Input, Result>(
  declaration: Declaration<Result> & { query: z.ZodMiniType<Input> },
): Endpoint<Input, Result>;
/** Declares an endpoint whose input travels as an HTML form (or JSON). */
export function defineEndpoint<Input, Result>(
  declaration: Declaration<Result> & { form: z.ZodMiniType<Input> },
): Endpoint<Input, Result>;
export function defineEndpoint(
  declaration: Declaration<unknown> & {
    body?: z.ZodMiniType<unknown>;
    query?: z.ZodMiniType<unknown>;
    form?: z.ZodMiniType<unknown>;
  },
): Endpoint<unknown, unknown> {
  const { body, query, form } = declaration;
  return {
    method: declaration.method,
    path: declaration.path,
    aliases: declaration.aliases ?? [],
    summary: declaration.summary,
    permission: declaration.permission,
    inputIn: body ? 'body' : query ? 'query' : form ? 'form' : 'none',
    input: body ?? query ?? form ?? null,
    result: declaration.result,
    errorShape: declaration.errorShape ?? 'error',
    refusal: declaration.refusal ?? null,
    longTexts: declaration.longTexts ?? false,
  };
}
