// A PM2 file as it stood beside a service that has since moved to containers: cluster mode on all cores, restarts at 1 GB,
// and a port that nothing else agrees with. `teal import pm2 ecosystem.config.js` turns it into a teal.yml.
module.exports = {
  apps: [
    {
      name: 'mentor-api',
      script: './dist/index.js',
      instances: 'max',
      exec_mode: 'cluster',
      autorestart: true,
      watch: false,
      max_memory_restart: '1G',
      env: {
        NODE_ENV: 'development',
        PORT: 3000, // the image and the proxy before it say 8000
      },
      env_production: {
        NODE_ENV: 'production',
        PORT: 3000,
      },
    },
  ],
};
