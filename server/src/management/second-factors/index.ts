export { checkSecondFactor } from './check-second-factor.ts';
export { askForPasskey, findPasskey, type PasskeyAnswer } from './find-passkey.ts';
export { secondFactorRoutes } from './second-factors.routes.ts';
