import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { getCustomerActivity, getOrganizationActivity, getTagActivity, getTeamActivity } from './get-activity-of.ts';
import { getDailyActivity } from './get-daily-activity.ts';
import { getUsage } from './get-usage.ts';
import { listRequests } from './list-requests.ts';
import * as endpoints from './usage.contract.ts';

/** The endpoints of usage. */
export function usageRoutes(parts: Parts): Route[] {
  return [
    implement(endpoints.getUsage, (call, input) => getUsage(parts, call, input)),
    implement(endpoints.listRequests, (call, input) => listRequests(parts, call, input)),
    implement(endpoints.dailyActivity, (call, input) => getDailyActivity(parts, call, input)),
    implement(endpoints.teamDailyActivity, (call, input) => getTeamActivity(parts, call, input)),
    implement(endpoints.organizationDailyActivity, (call, input) => getOrganizationActivity(parts, call, input)),
    implement(endpoints.tagDailyActivity, (call, input) => getTagActivity(parts, call, input)),
    implement(endpoints.customerDailyActivity, (call, input) => getCustomerActivity(parts, call, input)),
  ];
}
