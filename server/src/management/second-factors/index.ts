export { checkSecondFactor } from './check-second-factor.ts';
export { askForPasskey, findPasskey } from './find-passkey.ts';
export { secondFactorRoutes } from './second-factors.routes.ts';
