// How the backend runs without containers: PM2 in cluster mode. Its port is out of date, as the image, the Compose file and
// nginx say 8000; `teal import pm2 ecosystem.config.js -o teal-pm2.yml` says so and makes a project of it.
module.exports = {
  apps: [
    {
      name: 'mas-backend',
      script: './dist/index.js',
      instances: 'max',
      exec_mode: 'cluster',
      autorestart: true,
      watch: false,
      max_memory_restart: '1G',
      env: { NODE_ENV: 'production', PORT: 3000 },
    },
  ],
};
