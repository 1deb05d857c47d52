FROM python:3.12-slim-bookworm AS build

WORKDIR /src
COPY LICENSE README.md config.example.yaml pyproject.toml requirements.lock ./
COPY alerts alerts
COPY dashboards/generated dashboards/generated
COPY exporter exporter
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
    && python -m venv --without-pip /opt/exporter \
    && pip --python /opt/exporter install --no-cache-dir --require-hashes -r requirements.lock \
    && pip --python /opt/exporter install --no-cache-dir --no-deps /wheels/*.whl


FROM python:3.12-slim-bookworm

LABEL org.opencontainers.image.title="cloudstack-powerflex-exporter" \
      org.opencontainers.image.description="Prometheus exporter for Apache CloudStack on Dell PowerFlex" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"

COPY --from=build /opt/exporter /opt/exporter
ENV PATH=/opt/exporter/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

# The configuration is read from here: mount config.yaml and its secrets. Nothing is written anywhere.
WORKDIR /etc/cloudstack-powerflex-exporter
USER 65532:65532
EXPOSE 10445
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["python", "-c", "import urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:10445/-/healthy', timeout=4)"]
ENTRYPOINT ["cloudstack-powerflex-exporter"]
CMD ["serve"]
