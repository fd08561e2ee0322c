import { ApiError, authError } from '../http/api-error.ts';
import { blockedKey, blockedTeam, disabledUser, expiredKey } from '../http/credential-errors.ts';
import { checkAllowedAddress, isRouteAllowed, routeNotAllowed } from '../management/keys/index.ts';
import type { Caller } from './caller.ts';
import type { Customer } from './identify-customer.ts';
import type { Limits } from './limits.ts';
import {
  isModelListed,
  type ModelListLevel,
  modelListLevels,
  modelNotAllowed,
  type NamedModel,
  unknownModel,
} from './model-access.ts';
import { type ModelChoice, regionNotAllowed } from './region.ts';
import { tagsNotServed } from './tag-routing.ts';

/** A call of which only the sender is known: its body is not read yet. */
export interface Arrival {
  readonly caller: Caller;
  /** Of the client, as the gateway knows it. */
  readonly address: string;
  readonly now: number;
}

/** A call that wants to be let in. */
export interface CallToAdmit extends Arrival, ModelChoice, NamedModel {
  /** On whose behalf the call is made; null when it names nobody, or somebody of whom nothing is known. */
  readonly customer: Customer | null;
  /** What bounds all calls together; null: nothing. */
  readonly proxyLimits: Limits | null;
  /** A model of which nobody knows what it costs is not called: no budget could hold it. */
  readonly mustBePriced: boolean;
  /** Without `/v1`. */
  readonly path: string;
  readonly tags: readonly string[];
  /** False: no deployment that it could go to otherwise is for its tags. */
  readonly isLeftByTags: boolean;
}

/** Something that must hold of a call before money and rates are looked at. */
export interface AdmissionRule<Asked> {
  readonly name: string;
  /** @throws ApiError that tells the caller what is wrong and what to do. */
  readonly check: (asked: Asked) => void;
}

/** What must hold before a body is read, in this order. Told before anything about models or money. */
export const arrivalRules: readonly AdmissionRule<Arrival>[] = [
  {
    name: 'key_blocked',
    check({ caller }) {
      if (caller.kind === 'key' && caller.key.blockedAt !== null) throw blockedKey();
    },
  },
  {
    name: 'key_expired',
    check({ caller, now }) {
      if (caller.kind === 'master') return;
      const { expiresAt, keyName } = caller.key;
      if (expiresAt !== null && expiresAt <= now) throw expiredKey(keyName, expiresAt, now);
    },
  },
  {
    name: 'team_blocked',
    check({ caller }) {
      if (caller.kind === 'key' && caller.key.team?.blockedAt) throw blockedTeam(caller.key.teamId ?? '');
    },
  },
  {
    name: 'user_disabled',
    check({ caller }) {
      if (caller.kind === 'key' && caller.key.user?.disabledAt) throw disabledUser(caller.key.userId ?? '');
    },
  },
  {
    name: 'address',
    check({ caller, address }) {
      if (caller.kind === 'key') checkAllowedAddress(caller.key.allowedIps, address);
    },
  },
];

/** What must hold of a call whose body is read, in this order. Money and rates come after it. */
export const callRules: readonly AdmissionRule<CallToAdmit>[] = [
  ...modelListLevels.map(modelListRule),
  {
    name: 'model_exists',
    check({ deployments, isBlocked, requestedModel }) {
      if (isBlocked) throw blockedModel(requestedModel);
      if (deployments.length === 0) throw unknownModel(requestedModel);
    },
  },
  {
    name: 'model_priced',
    check({ mustBePriced, allowed, requestedModel }) {
      if (mustBePriced && allowed.some(({ tokenPrices }) => tokenPrices === null)) throw unpricedModel(requestedModel);
    },
  },
  {
    name: 'customer_blocked',
    check({ customer }) {
      if (customer && customer.record.blockedAt !== null) throw blockedCustomer(customer.record.customerId);
    },
  },
  {
    name: 'customer_region',
    check({ customer, deployments, allowed, isLeftByTags, requestedModel }) {
      const isNoneLeft = deployments.length > 0 && allowed.length === 0 && isLeftByTags;
      if (customer && isNoneLeft) throw regionNotAllowed(customer, requestedModel);
    },
  },
  {
    name: 'tags',
    check({ isLeftByTags, tags, requestedModel }) {
      if (!isLeftByTags) throw tagsNotServed(tags, requestedModel);
    },
  },
  {
    name: 'role',
    check({ caller, path }) {
      if (caller.kind === 'key' && caller.key.user?.role === 'proxy_admin_viewer') throw viewersDoNotCall(path);
    },
  },
  {
    name: 'key_routes',
    check({ caller, path }) {
      if (caller.kind === 'master') return;
      const { allowedRoutes } = caller.key;
      if (isRouteAllowed(allowedRoutes, path) || isRouteAllowed(allowedRoutes, `/v1${path}`)) return;
      throw routeNotAllowed(allowedRoutes, path);
    },
  },
];

function modelListRule(level: ModelListLevel): AdmissionRule<CallToAdmit> {
  return {
    name: `${level}_models`,
    check(call) {
      const { caller, requestedModel } = call;
      if (caller.kind === 'master' || isModelListed(caller.key, level, call)) return;
      throw modelNotAllowed(level, requestedModel, caller.key);
    },
  };
}

/** Stops at the first rule that does not hold. @throws ApiError the refusal. */
export function assertRules<Asked>(rules: readonly AdmissionRule<Asked>[], asked: Asked): void {
  for (const rule of rules) rule.check(asked);
}

/** Asks every rule, also after one that refuses. */
export function askRules<Asked>(
  rules: readonly AdmissionRule<Asked>[],
  asked: Asked,
): { readonly name: string; readonly refusal: ApiError | null }[] {
  return rules.map(({ name, check }) => {
    try {
      check(asked);
      return { name, refusal: null };
    } catch (error) {
      if (error instanceof ApiError) return { name, refusal: error };
      throw error;
    }
  });
}

function unpricedModel(requestedModel: string): ApiError {
  return new ApiError(
    403,
    `The model '${requestedModel}' has no price, and the gateway refuses models that no budget could hold. Ask an admin to set its input_cost_per_token and output_cost_per_token.`,
    { type: 'model_cost_map_missing', param: 'model', alwaysErrorShape: true },
  );
}

function blockedModel(requestedModel: string): ApiError {
  return new ApiError(
    403,
    `The model '${requestedModel}' is blocked: an admin has taken it out of service. Call GET /v1/models to see the models you may use, or ask an admin to unblock it with /model/unblock.`,
    { type: 'model_blocked', param: 'model', alwaysErrorShape: true },
  );
}

function blockedCustomer(customerId: string): ApiError {
  return new ApiError(
    400,
    `User blocked from making LLM API Calls. User=${customerId}. Unblock with /customer/unblock.`,
    {
      type: 'blocked_customer',
      param: 'user',
      alwaysErrorShape: true,
    },
  );
}

function viewersDoNotCall(path: string): ApiError {
  return authError(
    403,
    `user not allowed to access this OpenAI routes, role= proxy_admin_viewer. Trying to access: ${path}`,
  );
}
