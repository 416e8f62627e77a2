# One image for every part: Airflow, the pipeline, the web pages, the Slack listener. No secret is ever in it.
# Everything comes as a wheel, so that no compiler has to be left behind; the legacy builder takes it as well as BuildKit.
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm
FROM ${PYTHON_IMAGE}
# pg_dump of the server's own major version, for ./run backup
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-client-15 >/dev/null \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --user-group --home-dir /tmp --shell /usr/sbin/nologin stancewatch \
    && install -d -o stancewatch -g stancewatch /var/lib/stancewatch /var/log/airflow \
    && python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    AIRFLOW_HOME=/tmp/airflow \
    PYTHONUNBUFFERED=1
WORKDIR /opt/stancewatch
COPY requirements.lock ./
# --no-deps: the lock is whole; what it lists is installed, by hash, and nothing else is looked for
RUN pip install --disable-pip-version-check --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY docker/with-secrets docker/migrate docker/healthy docker/worker-answers /usr/local/bin/
COPY . .
RUN pip install --disable-pip-version-check --no-cache-dir --no-deps --no-build-isolation --editable . \
    && python -m compileall -q pipeline
USER stancewatch
ENTRYPOINT ["with-secrets"]
CMD ["python", "-m", "pipeline", "check-config"]
