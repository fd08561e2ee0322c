import { admin, everybody, type MeasuredCall, type Subjects } from './measured-call.ts';

/** Usage and daily activity. */
export function callsOfUsage(of: Subjects): MeasuredCall[] {
  const year = `start_date=${of.firstDay}&end_date=${of.lastDay}`;
  const month = `start_date=${of.monthAgo}&end_date=${of.lastDay}`;
  const zones = [
    ['UTC', 'UTC'],
    ['Berlin', 'Europe/Berlin'],
    ['Kathmandu', 'Asia/Kathmandu'],
  ];
  const groups = ['none', 'model', 'provider', 'key', 'user', 'team', 'endpoint'];
  return [
    ...groups.map(
      (group): MeasuredCall => ({
        name: `usage: month by ${group}, Berlin`,
        callers: everybody,
        path: `/usage?${month}&timezone=Europe/Berlin&group_by=${group}`,
      }),
    ),
    ...zones.flatMap(([zone, timezone]) =>
      groups.map(
        (group): MeasuredCall => ({
          name: `usage: year by ${group}, ${zone}`,
          callers: everybody,
          path: `/usage?${year}&timezone=${timezone}&group_by=${group}`,
        }),
      ),
    ),
    {
      name: 'usage: 31 days by the hour, by model, Kathmandu',
      callers: everybody,
      path: `/usage?${month}&granularity=hour&timezone=Asia/Kathmandu&group_by=model`,
    },
    { name: 'usage: year of a model, by key', callers: admin, path: `/usage?${year}&model=gpt-5.5&group_by=key` },
    {
      name: 'usage: year of a key, by model',
      callers: admin,
      path: `/usage?${year}&api_key=${of.keyHash}&group_by=model`,
    },
    {
      name: 'usage: year of a user, by model',
      callers: admin,
      path: `/usage?${year}&user_id=${of.userId}&group_by=model`,
    },
    {
      name: 'usage: year of a team, by model',
      callers: admin,
      path: `/usage?${year}&team_id=${of.teamId}&group_by=model`,
    },
    { name: 'usage: year of a team, by key', callers: admin, path: `/usage?${year}&team_id=${of.teamId}&group_by=key` },
    {
      name: 'usage: year of a team, by user',
      callers: admin,
      path: `/usage?${year}&team_id=${of.teamId}&group_by=user`,
    },
    { name: 'daily activity: month', callers: everybody, path: `/user/daily/activity?${month}` },
    { name: 'daily activity: year', callers: everybody, path: `/user/daily/activity/aggregated?${year}` },
    {
      name: 'daily activity: year, Kathmandu',
      callers: everybody,
      path: `/user/daily/activity?${year}&timezone=Asia/Kathmandu`,
    },
    { name: 'daily activity of teams: month', callers: everybody, path: `/team/daily/activity?${month}` },
    { name: 'daily activity of teams: year', callers: everybody, path: `/team/daily/activity?${year}` },
    {
      name: 'daily activity of a team: year',
      callers: ['admin', 'team admin'],
      path: `/team/daily/activity?${year}&team_ids=${of.teamId}`,
    },
    { name: 'daily activity of tags: year', callers: admin, path: `/tag/daily/activity?${year}` },
    { name: 'daily activity of customers: year', callers: admin, path: `/customer/daily/activity?${year}` },
    { name: 'caching: year by model', callers: everybody, path: `/cache/analytics?${year}&group_by=model` },
    { name: 'caching: year by key', callers: everybody, path: `/cache/analytics?${year}&group_by=key` },
    { name: 'caching: hits, year', callers: ['admin', 'user'], path: `/global/activity/cache_hits?${year}` },
  ];
}

/** Spend in the older shapes. */
export function callsOfSpend(of: Subjects): MeasuredCall[] {
  const year = `start_date=${of.firstDay}&end_date=${of.lastDay}`;
  return [
    { name: 'spend: recent', callers: everybody, path: '/global/spend' },
    { name: 'spend: by the day', callers: everybody, path: '/global/spend/logs' },
    { name: 'spend: by the day, of a key', callers: admin, path: `/global/spend/logs?api_key=${of.keyHash}` },
    { name: 'spend: keys', callers: everybody, path: '/global/spend/keys?limit=100' },
    { name: 'spend: models', callers: everybody, path: '/global/spend/models' },
    { name: 'spend: teams', callers: everybody, path: '/global/spend/teams' },
    { name: 'spend: providers, year', callers: everybody, path: `/global/spend/provider?${year}` },
    { name: 'spend: tags, year', callers: everybody, path: `/global/spend/tags?${year}` },
    { name: 'spend: names of tags', callers: everybody, path: '/global/spend/all_tag_names' },
    { name: 'spend: names of customers', callers: admin, path: '/global/all_end_users' },
    { name: 'spend: customers', callers: everybody, method: 'POST', path: '/global/spend/end_users', body: {} },
    {
      name: 'spend: customers, year',
      callers: admin,
      method: 'POST',
      path: '/global/spend/end_users',
      body: { startTime: `${of.firstDay}T00:00:00Z`, endTime: `${of.lastDay}T00:00:00Z` },
    },
    { name: 'spend report: year by team', callers: everybody, path: `/global/spend/report?${year}&group_by=team` },
    { name: 'spend report: year by key', callers: everybody, path: `/global/spend/report?${year}&group_by=api_key` },
    { name: 'spend report: year by customer', callers: admin, path: `/global/spend/report?${year}&group_by=customer` },
    { name: 'activity: year', callers: everybody, path: `/global/activity?${year}` },
    { name: 'activity: year by model', callers: everybody, path: `/global/activity/model?${year}` },
    {
      name: 'calls refused for being too many, year',
      callers: everybody,
      path: `/global/activity/exceptions?${year}`,
    },
    {
      name: 'calls refused for being too many, year by address',
      callers: everybody,
      path: `/global/activity/exceptions/deployment?${year}`,
    },
    { name: 'spend of keys', callers: everybody, path: '/spend/keys' },
    { name: 'spend of users', callers: everybody, path: '/spend/users' },
    { name: 'spend of tags, all time', callers: everybody, path: '/spend/tags' },
  ];
}
