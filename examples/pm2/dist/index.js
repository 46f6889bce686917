// Listens on the port that it is told, as each replica has one of its own.
const http = require('http');

const server = http.createServer((request, response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ success: true, replica: process.env.TEAL_REPLICA || null }));
});
server.listen(Number(process.env.PORT || 8000), process.env.HOST || '127.0.0.1');
process.on('SIGINT', () => server.close(() => process.exit(0)));
