"""The upstream's and the peers' settings. All have limits and time-outs on, and add the same forwarded fields."""

import os

SMALL = "x" * 100


def upstream(directory, port):
    www = os.path.join(directory, "www")
    os.makedirs(www, exist_ok=True)
    with open(os.path.join(www, "64k"), "wb") as file:
        file.write(os.urandom(64 << 10))
    return f"""
daemon off; master_process off; worker_processes 1; pid {directory}/upstream.pid; error_log {directory}/upstream.err crit;
events {{ worker_connections 4096; use epoll; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 300s; sendfile on; tcp_nodelay on; server_tokens off;
  open_file_cache max=100 inactive=1h; open_file_cache_valid 1h; client_body_temp_path {directory}/ub;
  server {{
    listen 127.0.0.1:{port} backlog=4096; listen 127.0.0.1:{port + 1} backlog=4096;
    location = /small {{ return 200 "{SMALL}"; }}
    location = /64k {{ root {www}; }}
  }}
}}
"""


def nginx(directory, port, target):
    return f"""
daemon off; master_process off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/nginx.err crit;
events {{ worker_connections 4096; use epoll; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 75s; tcp_nodelay on; client_max_body_size 20m;
  client_body_temp_path {directory}/nb; proxy_temp_path {directory}/np;
  upstream u {{ server 127.0.0.1:{target}; keepalive 256; keepalive_requests 1000000000; keepalive_timeout 60s; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Port $server_port; proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header Forwarded 'for=$remote_addr;host="$http_host";proto=$scheme';
    }}
  }}
}}
"""


def haproxy(directory, port, target):
    return f"""
global
  nbthread 1
  maxconn 8192
defaults
  mode http
  timeout connect 2s
  timeout client 75s
  timeout server 60s
  timeout http-request 10s
  option http-keep-alive
  http-reuse always
frontend f
  bind 127.0.0.1:{port}
  option forwardfor
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Port %[dst_port]
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header Forwarded 'for=%[src];host="%[req.hdr(host)]";proto=http'
  default_backend b
backend b
  server s1 127.0.0.1:{target} pool-max-conn 512
"""


def caddy(directory, port, target):
    return f"""
{{
  admin off
  auto_https off
  log {{
    level ERROR
  }}
}}
http://127.0.0.1:{port} {{
  bind 127.0.0.1
  request_body {{
    max_size 20MB
  }}
  reverse_proxy 127.0.0.1:{target} {{
    header_up X-Forwarded-Port {port}
    header_up Forwarded "for={{remote_host}};host=\\"{{host}}\\";proto=http"
    transport http {{
      keepalive_idle_conns_per_host 256
    }}
  }}
}}
"""
