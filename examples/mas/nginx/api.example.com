# api.example.com, the site of mas/app. Made by `teal generate nginx`; yours from now on.
# Put it into /etc/nginx/sites-available, link it from sites-enabled, test with `nginx -t`.
# The certificate: certbot certonly --webroot -w /var/www/letsencrypt -d api.example.com

map $upstream_http_x_content_type_options $teal_mas_app_site_x_content_type_options {
    default '';
    '' "nosniff";
}
map $upstream_http_x_frame_options $teal_mas_app_site_x_frame_options {
    default '';
    '' "SAMEORIGIN";
}
map $upstream_http_referrer_policy $teal_mas_app_site_referrer_policy {
    default '';
    '' "strict-origin-when-cross-origin";
}
map $upstream_http_permissions_policy $teal_mas_app_site_permissions_policy {
    default '';
    '' "geolocation=(), microphone=(), camera=()";
}
map $upstream_http_strict_transport_security $teal_mas_app_site_strict_transport_security {
    default '';
    '' "max-age=31536000";
}

map $http_upgrade $teal_mas_app_site_connection {
    default upgrade;
    '' '';
}

server {
    listen 80;
    listen [::]:80;
    server_name api.example.com;
    server_tokens off;
    location ^~ /.well-known/acme-challenge/ {
        root "/var/www/letsencrypt";
        default_type text/plain;
    }
    location / { return 301 https://$host$request_uri; }
}

server {
    listen 443 ssl http2;
    listen [::]:443 ssl http2;
    listen 127.0.0.1:7081; # Teal asks here whether the site is well
    server_name api.example.com;
    server_tokens off;

    ssl_certificate "/etc/letsencrypt/live/api.example.com/fullchain.pem";
    ssl_certificate_key "/etc/letsencrypt/live/api.example.com/privkey.pem";
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;
    ssl_prefer_server_ciphers off;
    ssl_session_cache shared:teal_mas_app_site_tls:10m;
    ssl_session_timeout 1d;
    ssl_session_tickets off;

    access_log "/var/log/nginx/api.example.com.access.log";
    error_log "/var/log/nginx/api.example.com.error.log";

    client_max_body_size 20m;
    client_header_timeout 15s;
    client_body_timeout 30s;
    send_timeout 30s;
    keepalive_timeout 65s;

    gzip on;
    gzip_vary on;
    gzip_proxied any;
    gzip_min_length 1024;
    gzip_comp_level 5;
    gzip_types application/javascript application/json application/manifest+json application/xml image/svg+xml text/css text/javascript text/plain text/xml;

    add_header X-Content-Type-Options $teal_mas_app_site_x_content_type_options always;
    add_header X-Frame-Options $teal_mas_app_site_x_frame_options always;
    add_header Referrer-Policy $teal_mas_app_site_referrer_policy always;
    add_header Permissions-Policy $teal_mas_app_site_permissions_policy always;
    add_header Strict-Transport-Security $teal_mas_app_site_strict_transport_security always;

    location / {
        proxy_pass http://127.0.0.1:8080;
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Connection $teal_mas_app_site_connection;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Host $host;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_connect_timeout 5s;
        proxy_read_timeout 60s;
        proxy_send_timeout 60s;
        proxy_buffering off;
        proxy_set_header Upgrade $http_upgrade;
    }
}
