'use strict'

/**
 * PM2: several instances of the service on one machine and one store.
 *
 *   pm2 start app/ecosystem.config.js        two instances, on ports 3000 and 3001
 *   INSTANCES=4 REDIS_URL=redis://… pm2 start app/ecosystem.config.js
 *   pm2 reload rekue-app                     one after another, none of them missing a request
 *
 * Fork mode, each instance on a port of its own: nginx (deploy/nginx.conf) divides the requests,
 * and Prometheus asks each for its metrics, which one shared port would mix up.
 */

module.exports = {
  apps: [
    {
      name: 'rekue-app',
      script: 'server.js',
      cwd: __dirname,
      exec_mode: 'fork',
      instances: Number(process.env.INSTANCES || 2),
      // Each instance adds its number to PORT.
      increment_var: 'PORT',
      env: { NODE_ENV: 'production', PORT: Number(process.env.PORT || 3000) },
      // server.js says `ready` when it serves; before that no old instance is taken away.
      wait_ready: true,
      listen_timeout: 30_000,
      // Longer than SHUTDOWN_MS twice, for requests and then for jobs.
      kill_timeout: 25_000,
      max_memory_restart: '512M',
      // What fails at once, fails for a reason that a restart does not mend.
      min_uptime: 5_000,
      max_restarts: 10
    }
  ]
}
