import * as z from 'zod/mini';

/** Building blocks that the contract files share. Lower-case names read like types in a declaration. */

/** A field that may be absent or null. */
export const maybe = <T>(schema: z.ZodMiniType<T>) => z.optional(z.nullable(schema));

/** An amount of dollars, as the API writes it: a plain JSON number. */
export const usd = z.number();

/** A limit in dollars: not negative, and not more than a 64-bit count of nano-dollars holds. */
export const usdLimit = z
  .number()
  .check(
    z.minimum(0, 'must not be negative: a limit of 0 allows nothing, leave it out (null) for no limit'),
    z.maximum(9_000_000_000, 'must not be more than 9,000,000,000 dollars: leave it out (null) for no limit'),
  );

/** An instant as ISO 8601 in UTC. */
export const instant = z.string();

/** A whole number that is not negative. */
export const count = z.int().check(z.minimum(0));

/** Any JSON object. */
export const jsonObject = z.record(z.string(), z.unknown());

/** The id of a new thing: short enough for an index of either engine. */
export const newId = z.string().check(z.maxLength(255, 'must have at most 255 characters'));

/** A list of strings. */
export const strings = z.array(z.string());

/** A number in a query string. */
export const numberInQuery = z.coerce.number();

/** `true` or `false` in a query string. */
export const booleanInQuery = z.pipe(
  z.union([z.boolean(), z.enum(['true', 'false', 'True', 'False', '1', '0'])]),
  z.transform((text) => text === true || text === 'true' || text === 'True' || text === '1'),
);

/** A calendar day, `YYYY-MM-DD`. */
export const day = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day such as 2026-11-23'));

const notEnforced = z.optional(
  z
    .unknown()
    .check(
      z.refine(
        isEmpty,
        'this gateway does not enforce it, and refuses it so that nobody relies on it: leave it out, or send it empty',
      ),
    ),
);

/** What restricts nothing. */
function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value == null;
  return Object.keys(value).length === 0;
}

/**
 * Restrictions that LiteLLM knows and this gateway does not enforce. They are refused by name, while other unknown fields
 * are ignored: who sends one would believe that it holds.
 */
export const restrictionsNotEnforced = {
  guardrails: notEnforced,
  policies: notEnforced,
  object_permission: notEnforced,
  access_group_ids: notEnforced,
  mcp_rpm_limit: notEnforced,
  tag_rpm_limit: notEnforced,
  allowed_passthrough_routes: notEnforced,
  allowed_vector_store_indexes: notEnforced,
};

/** Models that single members of a team, or of an organization, are restricted to. */
export const memberModelsNotEnforced = { allowed_models: notEnforced };

/** The same for all members of a team. */
export const defaultMemberModelsNotEnforced = { default_team_member_models: notEnforced };
