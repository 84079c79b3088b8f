# Two images: the application, and the web server with its static files.
FROM python:3.11-slim AS application
ENV PYTHONUNBUFFERED=1
WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes --only-binary :all: \
    --requirement requirements.lock
COPY . .
RUN DJANGO_SECRET_KEY=of-this-step-only python manage.py collectstatic --no-input \
    && useradd --uid 1000 --no-create-home proseminar \
    && install --directory --owner proseminar /srv/media
USER proseminar

FROM nginx:1.30 AS proxy
ENV NGINX_ENVSUBST_OUTPUT_DIR=/etc/nginx NGINX_ENVSUBST_FILTER=^MAX_(SUBMISSION|UPLOAD)_MB$
COPY deploy/nginx.conf.template /etc/nginx/templates/
COPY --from=application /app/staticfiles /srv/static
