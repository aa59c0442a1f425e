"""How gunicorn serves the shop; the command line may override it."""

import os

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
preload_app = True
bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"

timeout = 30
graceful_timeout = 30
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108

# The shop writes its own line a request, without personal data.
accesslog = None
errorlog = "-"
loglevel = "warning"
