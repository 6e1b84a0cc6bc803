# Airflow with gridlens in it. One image for all services of docker-compose.yaml.
FROM apache/airflow:slim-3.3.2-python3.11

USER root
# Named volumes take the owner of the folder they cover, so the folders must be here first.
RUN mkdir -p /opt/gridlens/data /opt/airflow/logs /opt/airflow/state \
    && chown -R airflow:0 /opt/gridlens /opt/airflow/logs /opt/airflow/state \
    && chmod -R g+rwX /opt/gridlens /opt/airflow/logs /opt/airflow/state
USER airflow
WORKDIR /opt/gridlens

# The lock changes less often than the code: what it pins is a layer of its own.
COPY --chown=airflow:0 requirements.txt pyproject.toml README.md LICENSE ./
RUN mkdir include \
    && pip install --no-cache-dir --constraint requirements.txt setuptools \
    && pip install --no-cache-dir --constraint requirements.txt --no-build-isolation ".[airflow,shell]" \
    && pip uninstall --yes gridlens
COPY --chown=airflow:0 include include
# In place (-e), as everywhere: dags/ and plugins/ are found beside the package.
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .
COPY --chown=airflow:0 dags dags
COPY --chown=airflow:0 plugins plugins

ENV AIRFLOW__CORE__DAGS_FOLDER=/opt/gridlens/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/gridlens/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    GRIDLENS_HOME=/opt/gridlens/data

# True of every part of Airflow; docker-compose.yaml has a sharper one for each.
HEALTHCHECK --interval=60s --timeout=30s --start-period=60s --retries=3 \
    CMD ["airflow", "db", "check"]
