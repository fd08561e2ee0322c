export { loadInternalUserDefaults } from './load-internal-user-defaults.ts';
export { settingsRoutes } from './settings.routes.ts';
export { lockSetting, readSetting, writeSetting } from './stored-setting.ts';
export { prepareInternalUserSettings } from './update-internal-user-settings.ts';
