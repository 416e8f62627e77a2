# One image for every part: Airflow, the pipeline, the web pages, the Slack listener. No secret is ever in it.
# Everything comes as a wheel, so that no compiler has to be left behind; the legacy builder takes it as well as BuildKit.
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm
FROM ${PYTHON_IMAGE}
# pg_dump of the server's own major version, for ./run backup
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-client-15 >/dev/null \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --user-group --home-dir /tmp --shell /usr/sbin/nologin stancewatch \
    && install -d -o stancewatch -g stancewatch /var/lib/stancewatch /var/log/airflow
WORKDIR /opt/stancewatch
ENV PATH=/opt/stancewatch/.venv/bin:$PATH \
    AIRFLOW_HOME=/tmp/airflow \
    PYTHONUNBUFFERED=1
# set up as everywhere else: from the lock, by hash
COPY run pyproject.toml requirements.lock ./
COPY pipeline/__init__.py pipeline/
RUN UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 ./run setup
COPY docker/with-secrets docker/migrate docker/healthy docker/worker-answers /usr/local/bin/
COPY . .
RUN python -m compileall -q pipeline
USER stancewatch
ENTRYPOINT ["with-secrets"]
CMD ["python", "-m", "pipeline", "check-config"]
