import { implement, type Route } from '../../http/call.ts';
import type { ModelDirectory } from '../models/model-directory.ts';
import type { Parts } from '../parts.ts';
import { calculateSpend } from './calculate-spend.ts';
import { getGlobalActivity, listModelActivity } from './get-global-activity.ts';
import * as verbs from './get-global-spend.ts';
import { getSpendReport } from './get-spend-report.ts';
import * as globalSpend from './global-spend.contract.ts';
import { getExceptions, listExceptionsOfDeployments } from './list-exceptions.ts';
import { listSpendOfKeys, listSpendOfTags, listSpendOfUsers } from './list-spend.ts';
import { listSpendLogs } from './list-spend-logs.ts';
import { pageEndUsers } from './page-end-users.ts';
import { getSpendLog, pageSessionLogs, pageSpendLogs } from './page-spend-logs.ts';
import { resetSpend } from './reset-spend.ts';
import * as spend from './spend.contract.ts';
import { listNames } from './spend.store.ts';
import * as spendLogs from './spend-logs.contract.ts';

/** What the endpoints of spend need from the data plane. */
export interface SpendSources {
  readonly models: ModelDirectory;
  /** Folds everything that is settled into the database. */
  readonly flush: () => Promise<void>;
}

/** The endpoints of spend and its logs. */
export function spendRoutes(parts: Parts, sources: SpendSources): Route[] {
  return [
    implement(spendLogs.listSpendLogs, (call, input) => listSpendLogs(parts, call, input)),
    implement(spendLogs.pageSpendLogs, (call, input) => pageSpendLogs(parts, call, input)),
    implement(spendLogs.pageSessionLogs, (call, input) => pageSessionLogs(parts, call, input)),
    implement(spendLogs.getSpendLog, (call, input) => getSpendLog(parts, call, input)),
    implement(spend.listSpendOfKeys, (call) => listSpendOfKeys(parts, call)),
    implement(spend.listSpendOfUsers, (call, input) => listSpendOfUsers(parts, call, input)),
    implement(spend.listSpendOfTags, (call, input) => listSpendOfTags(parts, call, input)),
    implement(spend.calculateSpend, (call, input) => calculateSpend(sources.models, call, input)),
    implement(spend.resetSpend, (call) => resetSpend(parts, call, sources.flush)),
    implement(globalSpend.getGlobalSpend, (call) => verbs.getGlobalSpend(parts, call)),
    implement(globalSpend.listSpendByDay, (call, input) => verbs.listSpendByDay(parts, call, input)),
    implement(globalSpend.listTopKeys, (call, input) => verbs.listTopKeys(parts, call, input)),
    implement(globalSpend.listTopModels, (call, input) => verbs.listTopModels(parts, call, input)),
    implement(globalSpend.listSpendOfTeams, (call) => verbs.listSpendOfTeams(parts, call)),
    implement(globalSpend.listSpendOfProviders, (call, input) => verbs.listSpendOfProviders(parts, call, input)),
    implement(globalSpend.listTopTags, (call, input) => verbs.listTopTags(parts, call, input)),
    implement(globalSpend.listTagNames, async (call) => ({
      tag_names: await listNames(parts.storage.db, call.access, 'tag'),
    })),
    implement(globalSpend.listEndUsers, async (call) => ({
      end_users: await listNames(parts.storage.db, call.access, 'end_user'),
    })),
    implement(globalSpend.pageEndUsers, (_call, input) => pageEndUsers(parts.storage.db, input)),
    implement(globalSpend.listSpendOfEndUsers, (call, input) => verbs.listSpendOfEndUsers(parts, call, input)),
    implement(globalSpend.getSpendReport, (call, input) => getSpendReport(parts, call, input)),
    implement(globalSpend.getGlobalActivity, (call, input) => getGlobalActivity(parts, call, input)),
    implement(globalSpend.listModelActivity, (call, input) => listModelActivity(parts, call, input)),
    implement(globalSpend.getExceptions, (call, input) => getExceptions(parts, call, input)),
    implement(globalSpend.listExceptionsOfDeployments, (call, input) =>
      listExceptionsOfDeployments(parts, call, input),
    ),
  ];
}
