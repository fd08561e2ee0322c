import type { TagFiltering } from '../config/settings.ts';
import { ApiError } from '../http/api-error.ts';
import type { Deployment } from './model-catalog.ts';

/** The tag of deployments that are for calls without a tag, and for those whose tags no other has. */
const defaultTag = 'default';

/**
 * Where a call may go by its tags, as LiteLLM has it: to the deployments that have one of them (or all, where the
 * router says so), else to those tagged `default`. A call without tags goes to those tagged `default`; where there are
 * none, to all. Source: contract 9.6 and 9.7, `enable_tag_filtering` and `tag_filtering_match_any`.
 */
export function routeByTags(
  deployments: readonly Deployment[],
  tags: readonly string[],
  filtering: TagFiltering,
): readonly Deployment[] {
  if (filtering === 'off') return deployments;
  const defaults = deployments.filter((deployment) => deployment.tags.includes(defaultTag));
  if (tags.length === 0) return defaults.length > 0 ? defaults : deployments;
  const matching = deployments.filter((deployment) =>
    filtering === 'any'
      ? tags.some((tag) => deployment.tags.includes(tag))
      : tags.every((tag) => deployment.tags.includes(tag)),
  );
  return matching.length > 0 ? matching : defaults;
}

/** 403: the model has no deployment for the tags of a call. */
export function tagsNotServed(tags: readonly string[], requestedModel: string): ApiError {
  return new ApiError(
    403,
    `Not allowed to access model due to tags configuration. Passed model=${requestedModel} and tags=${tags.join(', ')}: no deployment has them, and none is tagged default. Send other tags, or ask an admin to add them to litellm_params.tags of a deployment.`,
    { type: 'tag_access_denied', param: 'tags', alwaysErrorShape: true },
  );
}
