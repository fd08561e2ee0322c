import { createServer } from 'node:http';
import { join } from 'node:path';
import formBody from '@fastify/formbody';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import { createChanges } from './audit/change.ts';
import type { Configuration } from './config/configuration.ts';
import { createReplaceableSettings } from './config/replaceable-settings.ts';
import type { Settings } from './config/settings.ts';
import { connectInstances } from './connect-instances.ts';
import { emailTemplates } from './email-templates.ts';
import {
  createCallerIdentifier,
  createConfiguredBudgets,
  createCustomerIdentifier,
  createDeploymentChooser,
  createGateway,
  createModelCatalog,
  createModelDirectory,
  createProbe,
  createResponseCache,
  createTokenCounter,
  createTrial,
  createUpstreams,
  type Gateway,
  type GatewayParts,
  limitRoutes,
  modelRoutes,
  transformRoutes,
} from './gateway/index.ts';
import { ApiError, errorBody } from './http/api-error.ts';
import type { Route } from './http/call.ts';
import { describeApi } from './http/describe-api.ts';
import { healthRoutes } from './http/health.ts';
import { mountRoutes } from './http/mount-routes.ts';
import { publicBaseUrl } from './http/public-base-url.ts';
import { serveApiReference } from './http/serve-api-reference.ts';
import { serveConsole } from './http/serve-console.ts';
import { openJournal } from './ledger/journal.ts';
import { keepClosing } from './ledger/keep-closing.ts';
import { type Ledger, openLedger } from './ledger/ledger.ts';
import { createMail } from './mail/create-mail.ts';
import { createMessageSender, type MessageSender } from './mail/send-messages.ts';
import { type Watch, watchBudgets } from './management/alerts/index.ts';
import { auditLogRoutes } from './management/audit-log/index.ts';
import { budgetRoutes, chargeSpend, resetDueBudgets } from './management/budgets/index.ts';
import { cachingRoutes, forgetAnswersWithOthers } from './management/caching/index.ts';
import { configRoutes, openStoredConfig } from './management/config/index.ts';
import { customerRoutes } from './management/customers/index.ts';
import { emailRoutes } from './management/email/index.ts';
import { insertHealthCheck, keepChecking, modelHealthRoutes } from './management/health/index.ts';
import { invitationRoutes } from './management/invitations/index.ts';
import { checkAllowedRoutes, keyRoutes, rotateDueKeys } from './management/keys/index.ts';
import { modelManagementRoutes, openStoredModels } from './management/models/index.ts';
import { organizationRoutes } from './management/organizations/index.ts';
import type { Parts } from './management/parts.ts';
import { passwordResetRoutes } from './management/password-resets/index.ts';
import { secondFactorRoutes } from './management/second-factors/index.ts';
import { sessionRoutes } from './management/sessions/index.ts';
import { settingsRoutes } from './management/settings/index.ts';
import { authenticate, signInRoutes } from './management/sign-in/index.ts';
import { openSingleSignOn } from './management/single-sign-on/index.ts';
import { spendRoutes } from './management/spend/index.ts';
import { teamRoutes } from './management/teams/index.ts';
import { openTokenAccess } from './management/token-access/index.ts';
import { usageRoutes } from './management/usage/index.ts';
import { createUserImporter, ensureMasterUser, userRoutes } from './management/users/index.ts';
import type { Storage } from './storage/open-storage.ts';
import { version } from './version.ts';

/** A gateway that is put together and not yet listening. */
export interface App {
  readonly http: FastifyInstance;
  readonly parts: Parts;
  readonly ledger: Ledger;
  readonly gateway: Gateway;
  readonly watch: Watch;
  readonly sender: MessageSender;
  /** Every endpoint of the control plane. */
  readonly routes: readonly Route[];
  /**
   * Stops cleanly: takes no new connection, lets requests finish for at most `graceMs`, folds the journal,
   * closes everything but the storage.
   */
  close(graceMs?: number): Promise<void>;
}

const resetBudgetsEveryMs = 30_000;
const wakeImporterEveryMs = 30_000;
const rotateKeysEveryMs = 60_000;
/** Bodies of the control plane are parsed before anybody knows who sends them; the longest list of people fits. */
const managementBodyBytes = 10 * 1024 * 1024;

/** Puts both planes and the console together. What tests start, and what `main.ts` listens with. */
export async function createApp(options: {
  settings: Settings;
  /** What `settings` come from. */
  configuration: Configuration;
  storage: Storage;
  logger: Logger;
  consoleFolder: string;
  /** Whether no other process uses the database: so it is with SQLite, outside tests. */
  isOnlyProcess?: boolean;
  now?: () => number;
}): Promise<App> {
  const { configuration, storage, logger } = options;
  const { settings, replace } = createReplaceableSettings(options.settings);
  const now = options.now ?? Date.now;
  const changes = createChanges(storage, now, (tx, objects) => instances.feed.tellChanges(tx, objects));
  const instances = await connectInstances({ settings, storage, logger, changes, now });
  const { counters, feed } = instances;
  const storedConfig = await openStoredConfig({
    storage,
    changes,
    configuration,
    replace,
    onUnreadable: (error, name) => logger.error({ err: error, name }, 'a setting of the database is not in force'),
    onFailure: (error) => logger.error({ err: error }, 'the settings could not be read; tried again shortly'),
  });
  const catalog = createModelCatalog(settings.models);
  const mail = createMail({
    settings,
    templates: emailTemplates,
    now,
    onFailure: (error) =>
      logger.error({ err: error }, 'a message could not be made; is LITELLM_SALT_KEY still the same?'),
  });
  const parts: Parts = {
    storage,
    changes,
    settings,
    mail,
    now,
    modelNames: () => catalog.names,
    modelNamesOfTeam: (teamId) => catalog.namesOfTeam(teamId),
  };
  await ensureMasterUser(parts);
  const storedModels = await openStoredModels({
    storage,
    settings,
    changes,
    serve: (models, blockedIds) => catalog.replace(models, blockedIds),
    onUnreadable: (error, modelId) =>
      logger.error({ err: error, modelId }, 'a model cannot be served; is LITELLM_SALT_KEY the one it was added with?'),
    onFailure: (error) => logger.error({ err: error }, 'the models could not be read; tried again shortly'),
  });

  // Models that name no timeout have the router's.
  storedConfig.onReplaced(() => storedModels.reload());
  const watch = watchBudgets(parts, (error) =>
    logger.error({ err: error }, 'budgets and keys could not be watched; tried again shortly'),
  );
  const ledger = openLedger({
    storage,
    journal: openJournal(join(settings.dataDir, 'journal')),
    counters,
    chargeSpend,
    tellSpend: (tx, totals) => feed.tellSpend(tx, totals),
    onFolded: (totals) => watch.saw(totals),
    onFoldFailure: (error) =>
      logger.error({ err: error }, 'the journal could not be folded into the database; it is kept and tried again'),
  });
  await ledger.flush();
  const resetBudgets = async () => {
    await ledger.flush();
    await resetDueBudgets(parts);
  };
  const upstreams = createUpstreams();
  const tokens = createTokenCounter();
  const cache = createResponseCache(settings.cache);
  forgetAnswersWithOthers(changes, cache);
  const { masterKey, recordsStaleAfterMs: staleAfterMs } = settings;
  const tokenAccess = settings.tokenAccess === null ? null : openTokenAccess(parts, settings.tokenAccess);
  const gatewayParts: GatewayParts = {
    callers: createCallerIdentifier({
      storage,
      changes,
      counters,
      masterKey,
      tokenAccess,
      staleAfterMs,
      calendar: settings,
    }),
    customers: createCustomerIdentifier({
      storage,
      changes,
      counters,
      resetDueBudgets: resetBudgets,
      staleAfterMs,
      settings,
    }),
    configuredBudgets: createConfiguredBudgets({ storage, counters, catalog, staleAfterMs, settings }),
    catalog,
    chooser: createDeploymentChooser(settings.router),
    upstreams,
    counters,
    ledger,
    cache,
    tokens,
    now,
    resetDueBudgets: resetBudgets,
    logError: (error, callId) => logger.error({ err: error, callId }, 'model request failed'),
    settings,
  };
  const gateway = createGateway(gatewayParts, settings.serverRootPath);
  const resetTimer = setInterval(() => {
    resetBudgets().catch((error: unknown) =>
      logger.error({ err: error }, 'budgets could not be reset; tried again shortly'),
    );
  }, resetBudgetsEveryMs);

  const rotationTimer = setInterval(() => {
    rotateDueKeys(parts).catch((error: unknown) =>
      logger.error({ err: error }, 'keys could not be rotated; tried again shortly'),
    );
  }, rotateKeysEveryMs);

  const closing = keepClosing({
    db: storage.db,
    now,
    onFailure: (error) => logger.error({ err: error }, 'usage could not be added up; tried again shortly'),
  });

  const importer = createUserImporter(parts, (error) =>
    logger.error({ err: error }, 'people could not be imported; tried again shortly'),
  );
  importer.wake();
  const importTimer = setInterval(() => importer.wake(), wakeImporterEveryMs);

  const sender = createMessageSender({
    storage,
    mail,
    saltKey: settings.saltKey,
    allowsPrivateTargets: settings.mail.allowsPrivateTargets,
    isOnlyProcess: options.isOnlyProcess ?? false,
    now,
    onFailure: (error) => logger.error({ err: error }, 'messages could not be sent; tried again shortly'),
  });
  changes.onChange(() => {
    if (mail.wasUsedJustNow()) sender.wake();
  });

  const fastifyLogger: FastifyBaseLogger = logger;
  const http: FastifyInstance = Fastify({
    loggerInstance: fastifyLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: settings.trustForwardedFor,
    bodyLimit: Math.min(settings.maxRequestBytes, managementBodyBytes),
    serverFactory: (handler) =>
      createServer((request, response) => {
        if (!gateway.serves(request, response)) handler(request, response);
      }),
  });
  await http.register(formBody);
  http.setErrorHandler((error, _request, reply) => {
    const status =
      error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
    if (status >= 500) logger.error({ err: error }, 'request failed');
    const message =
      status >= 500 || !(error instanceof Error)
        ? 'Internal Server Error. The log of the gateway holds the cause.'
        : error.message;
    const type = status >= 500 ? 'internal_server_error' : 'invalid_request_error';
    return reply.code(status).send(errorBody(new ApiError(status, message, { type })));
  });
  http.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0];
    return reply
      .code(404)
      .send(
        errorBody(
          new ApiError(
            404,
            `There is no ${request.method} ${path} here. The console is at ${settings.serverRootPath}/ui/, the models at ${settings.serverRootPath}/v1.`,
            { type: 'not_found_error' },
          ),
        ),
      );
  });
  const books = { flush: () => ledger.flush() };
  const models = createModelDirectory({ storage, catalog, tokens });
  const probe = createProbe({
    upstreams,
    catalog,
    now,
    record: (check) =>
      insertHealthCheck(storage.db, check).catch((error: unknown) =>
        logger.error({ err: error }, 'what a health check has found could not be kept'),
      ),
  });
  const checking = keepChecking(parts, {
    deployments: () =>
      catalog.all.filter((one) => one.isCheckedInBackground && !one.isBlocked && !one.modelName.includes('*')),
    probe,
    onFailure: (error) => logger.error({ err: error }, 'models could not be checked; tried again shortly'),
  });
  const asking = { probe, tryDeployment: createTrial(upstreams), countInFlight: () => gateway.inFlight };
  const singleSignOn = openSingleSignOn(parts, (refusal) => logger.warn(refusal, 'nobody was signed in'));
  const routes: Route[] = [
    ...healthRoutes(storage, instances.state),
    ...userRoutes(parts, importer),
    ...invitationRoutes(parts),
    ...passwordResetRoutes(parts, (error) =>
      logger.error({ err: error }, 'could not queue the mail with a link to a new password'),
    ),
    ...secondFactorRoutes(parts),
    ...sessionRoutes(parts),
    ...signInRoutes(parts, singleSignOn),
    ...singleSignOn.routes,
    ...settingsRoutes(parts, singleSignOn),
    ...emailRoutes(parts),
    ...configRoutes({ ...parts, configuration, storedConfig }),
    ...keyRoutes(parts, books),
    ...teamRoutes(parts, books),
    ...organizationRoutes(parts),
    ...usageRoutes(parts),
    ...cachingRoutes(parts, cache),
    ...modelHealthRoutes(parts, models, storedModels, asking, instances.state, () => routes),
    ...modelManagementRoutes(parts, models, storedModels),
    ...spendRoutes(parts, { models, ...books }),
    ...auditLogRoutes(parts),
    ...budgetRoutes(parts),
    ...customerRoutes(parts),
    ...modelRoutes({ storage, catalog }),
    ...transformRoutes(models),
    ...limitRoutes({ ...gatewayParts, storage }),
  ];
  mountRoutes(http, routes, {
    authenticate: authenticate(parts, tokenAccess),
    checkRoute: ({ allowedRoutes }, endpoint) => checkAllowedRoutes(allowedRoutes ?? [], endpoint),
    keyHeaderName: settings.keyHeaderName,
    publicBaseUrl: publicBaseUrl(settings),
    rootPath: settings.serverRootPath,
    compatibility: settings.compatibility,
  });
  await serveApiReference(http, {
    describe: () => describeApi(routes, { version, serverUrl: settings.serverRootPath || '/' }),
    rootPath: settings.serverRootPath,
  });
  await serveConsole(http, { folder: options.consoleFolder, rootPath: settings.serverRootPath });

  return {
    http,
    parts,
    ledger,
    gateway,
    watch,
    sender,
    routes,
    async close(graceMs = 10_000) {
      clearInterval(resetTimer);
      storedModels.close();
      storedConfig.close();
      clearInterval(importTimer);
      clearInterval(rotationTimer);
      const closed = http.close();
      http.server.closeIdleConnections();
      const deadline = Date.now() + graceMs;
      while (gateway.inFlight > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
      http.server.closeAllConnections();
      await closed;
      await upstreams.close();
      while (gateway.inFlight > 0 && Date.now() < deadline + 1_000)
        await new Promise((resolve) => setTimeout(resolve, 20));
      await checking.close();
      await importer.close();
      await closing.close();
      await ledger.close();
      await watch.close();
      await sender.close();
      await tokens.close();
      await instances.close();
    },
  };
}
