# guardc serve in a container: docker build -t guardc . (docs/deployment.md).
ARG PYTHON=python:3.13-slim

# The extension is compiled here; the compiler stays here.
FROM ${PYTHON} AS build
ARG EXTRAS=server,remote
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev python3-dev
COPY . /src
RUN python3 -m venv /opt/guardc && /opt/guardc/bin/pip install --no-cache-dir "/src[${EXTRAS}]"

FROM ${PYTHON}
COPY --from=build /opt/guardc /opt/guardc
# A number, so that Kubernetes can see that it is not root (runAsNonRoot).
USER 10001:10001
WORKDIR /policies
EXPOSE 8000
ENTRYPOINT ["/opt/guardc/bin/guardc"]
# Keys come from the environment (GUARDC_KEYS) or by --keys; without them the server does not start.
CMD ["serve", "policy.plan", "--host", "0.0.0.0", "--workers", "2", "--metrics"]
HEALTHCHECK --interval=10s --timeout=3s \
    CMD ["/opt/guardc/bin/python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health', timeout=2)"]
